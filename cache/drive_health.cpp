#include "cache/drive_health.h"

#include <algorithm>

namespace larder::cache {
namespace {

Millis longer(Millis pause, Millis longest) {
  return pause == 0 ? DriveHealth::kShortestPause : std::min(longest, pause * 2);
}

}  // namespace

std::string_view to_word(DriveState state) {
  switch (state) {
    case DriveState::none:
      return "none";
    case DriveState::absent:
      return "absent";
    case DriveState::recovering:
      return "recovering";
    case DriveState::read_write:
      return "read-write";
    case DriveState::read_only:
      return "read-only";
    case DriveState::suspect:
      return "suspect";
    case DriveState::offline:
      return "offline";
  }
  return "none";
}

bool is_usable(DriveState state) {
  return state == DriveState::none || state == DriveState::recovering || state == DriveState::read_write;
}

DriveState DriveHealth::state() const {
  if (!open_) return was_open_ ? DriveState::offline : DriveState::absent;
  if (suspect_since_) return DriveState::suspect;
  if (recovering_) return DriveState::recovering;
  return write_pause_ > 0 ? DriveState::read_only : DriveState::read_write;
}

void DriveHealth::open_failed(Millis now) {
  open_pause_ = longer(open_pause_, kLongestOpenPause);
  next_open_ = now + open_pause_;
}

void DriveHealth::opened() {
  *this = {};
  open_ = was_open_ = recovering_ = true;
}

void DriveHealth::lost(Millis now) {
  *this = {};
  was_open_ = true;
  open_failed(now);
}

void DriveHealth::read_failed(Millis now) {
  if (open_ && !suspect_since_) suspect_since_ = now;
}

void DriveHealth::write_failed(Millis now) {
  if (++write_failures_ == 1) return;
  write_pause_ = longer(write_pause_, kLongestPause);
  next_write_ = now + write_pause_;
}

void DriveHealth::write_worked() {
  write_failures_ = 0;
  write_pause_ = next_write_ = 0;
}

}  // namespace larder::cache

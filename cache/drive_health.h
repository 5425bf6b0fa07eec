// DriveHealth: what the cache drive can be trusted with now.
//
//   ABSENT -> RECOVERING -> RW <-> READ_ONLY
//                ^             |
//                |          SUSPECT (it may come back) -> OFFLINE -> probed now and then -> RECOVERING
//
// A failed write or sync is tried again once, with another segment; the second in a row makes the drive read only for a
// while that doubles from one second to one minute. A failed or stuck read makes it suspect: nothing is read but a
// probe a second, until one succeeds, or a minute has passed and the drive is given up. A drive that is not there is
// looked for after a pause that doubles from one second to a quarter of a minute. Pure but for the time it is told
// (Clock::steady()). Threads: none of its own; DriveMonitor locks.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace larder::cache {

// `none`: no drive is wanted, pages are in memory only.
enum class DriveState { none, absent, recovering, read_write, read_only, suspect, offline };
std::string_view to_word(DriveState state);
bool is_usable(DriveState state);  // nothing is wrong with it, or there is none

class DriveHealth {
 public:
  DriveState state() const;

  // A drive that is not there.
  bool should_open(Millis now) const { return !open_ && now >= next_open_; }
  void open_failed(Millis now);
  void opened();
  void recovered() { recovering_ = false; }
  void lost(Millis now);

  // Reading. A success takes a suspicion away.
  bool may_read() const { return open_ && !suspect_since_; }
  void read_failed(Millis now);
  void read_worked() { suspect_since_.reset(); }
  bool given_up(Millis now) const { return suspect_since_ && now - *suspect_since_ >= kSuspectFor; }

  // Writing. Only a sync that worked ends a pause.
  bool may_write(Millis now) const { return may_read() && now >= next_write_; }
  bool write_failing() const { return write_failures_ > 0; }
  void write_failed(Millis now);
  void write_worked();

  static constexpr Millis kSuspectFor = 60'000;
  static constexpr Millis kShortestPause = 1'000, kLongestPause = 60'000, kLongestOpenPause = 15'000;

 private:
  bool open_ = false, was_open_ = false, recovering_ = false;
  std::optional<Millis> suspect_since_;
  int write_failures_ = 0;  // in a row
  Millis write_pause_ = 0, next_write_ = 0;
  Millis open_pause_ = 0, next_open_ = 0;
};

}  // namespace larder::cache

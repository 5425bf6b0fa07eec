// BatchPace: when a command that runs beside the server must stand still, and when it may go on. Pure.
//
// It stands still in ORANGE and RED, and while more data wait to be written to drives than the board can bear: on a
// kernel without memory groups nothing else bounds what a file synchronisation dirties.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"
#include "server/governor.h"

namespace larder::server {

class BatchPace {
 public:
  enum class Why { none, pressure, dirty };

  // Of the board's memory a twentieth may wait to be written, at least 48 MiB.
  explicit BatchPace(std::uint64_t memory_total) : most_dirty_(std::max(kLeastDirty, memory_total / 20)) {}

  // True when it changed: see paused().
  bool look(governor::Pressure pressure, std::uint64_t dirty, Millis now) {
    const bool tense = pressure >= governor::Pressure::orange;
    const bool full = dirty >= (why_ == Why::dirty ? most_dirty_ / 2 : most_dirty_);
    const Why before = why_;
    why_ = tense ? Why::pressure : full ? Why::dirty : Why::none;
    if (before == Why::none && paused()) {
      since_ = now;
      ++pauses_;
    }
    if (before != Why::none && !paused()) total_ += now - since_;
    return (before != Why::none) != paused();
  }

  bool paused() const { return why_ != Why::none; }
  Why why() const { return why_; }
  int pauses() const { return pauses_; }
  Millis this_pause(Millis now) const { return paused() ? now - since_ : 0; }
  Millis total(Millis now) const { return total_ + this_pause(now); }

 private:
  static constexpr std::uint64_t kLeastDirty = 48 << 20;

  const std::uint64_t most_dirty_;
  Why why_ = Why::none;
  Millis since_ = 0, total_ = 0;
  int pauses_ = 0;
};

}  // namespace larder::server

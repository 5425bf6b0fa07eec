// DriveHealth: after a failure the drive is left alone for a while, which doubles from one second to one minute.
//
// Pure but for the time it is told (Clock::steady()). Threads: none of its own.
#pragma once

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace larder::cache {

class DriveHealth {
 public:
  bool failing() const { return pause_ > 0; }
  bool may_try(Millis now) const { return !failing() || now >= next_try_; }
  Millis pause() const { return pause_; }

  // True when it was well until now.
  bool failed(Millis now) {
    const bool news = !failing();
    pause_ = news ? kShortest : std::min(kLongest, pause_ * 2);
    next_try_ = now + pause_;
    return news;
  }

  // True when it was failing until now.
  bool worked() { return std::exchange(pause_, 0) > 0; }

  static constexpr Millis kShortest = 1'000, kLongest = 60'000;

 private:
  Millis pause_ = 0;
  Millis next_try_ = 0;
};

}  // namespace larder::cache

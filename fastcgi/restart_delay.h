// RestartDelay: how long to wait before a program that ended is started again. Pure.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace larder::fastcgi {

class RestartDelay {
 public:
  static constexpr Millis kEarly = 30'000;  // a program that lived that long was well
  static constexpr Millis kFirst = 1'000, kLongest = 30'000;

  // At once after a good life; else 1 s, doubling up to 30 s.
  Millis after(Millis lifetime) {
    if (lifetime >= kEarly) return next_ = 0;
    return next_ = std::clamp(next_ * 2, kFirst, kLongest);
  }

 private:
  Millis next_ = 0;
};

}  // namespace larder::fastcgi

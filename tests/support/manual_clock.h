// ManualClock: time stands still until the test turns it.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace larder {

class ManualClock final : public Clock {
 public:
  Millis wall() const override { return wall_; }
  Millis steady() const override { return steady_; }
  void advance(Millis by) {
    wall_ += by;
    steady_ += by;
  }
  void set_wall(Millis to) { wall_ = to; }

 private:
  std::atomic<Millis> wall_{1'456'704'000'000};  // 2016-02-29 00:00 UTC
  std::atomic<Millis> steady_{1'000'000};
};

}  // namespace larder

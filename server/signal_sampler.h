// SignalSampler: turns what the board says (arm/) into the signals of the governor.
//
// Counters of the kernel become rates over the last second. Memory is read with every sample; sensors, which ask the
// firmware, once a second. Threads: one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "arm/memory_pressure.h"
#include "arm/sensors.h"
#include "base/clock.h"
#include "server/governor.h"

namespace larder::server {

// How fast a counter rises, over the last second; what rose in less counts as if it had taken one.
class Rate {
 public:
  // A second's worth of a counter that is `value` now. The first value is 0 a second; one that went back begins anew.
  double add(std::uint64_t value, Millis now);

 private:
  struct Point {
    Millis at;
    std::uint64_t value;
  };
  std::deque<Point> points_;  // oldest first; the first is the last one that is at least a second old
};

class SignalSampler {
 public:
  explicit SignalSampler(std::string root = "");  // stands before /proc and /sys

  governor::Signals sample(bool drive_writable, Millis now);

 private:
  double swapped_to_card(std::uint64_t swapped_out, Millis now);

  const std::string root_;
  const bool on_board_;  // a PC's processor is made for more heat than the governor's limits
  const arm::MemoryPressure memory_;
  const arm::Sensors sensors_;
  arm::SensorReading sensed_;
  Millis sensed_at_ = 0;
  bool sensed_ever_ = false;
  Rate swapped_, stalls_, major_faults_, refaults_;
  bool swap_on_card_ = false;
  Millis swap_looked_at_ = 0;
  bool swap_looked_ever_ = false;
};

}  // namespace larder::server

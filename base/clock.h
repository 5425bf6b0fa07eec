// Clock: where time comes from, so that tests can be the ones who turn it.
//
// Two kinds of time, both 64 bit on every board: `wall` for HTTP dates and freshness (it may jump),
// `steady` for deadlines (it never goes back). Both in milliseconds. Calls are safe from any thread.
#pragma once

#include <cstdint>

namespace larder {

using Millis = std::int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Millis wall() const = 0;    // since 1970-01-01 00:00 UTC
  virtual Millis steady() const = 0;  // since some moment in the past
};

// The kernel's coarse clocks: a few nanoseconds a call, accurate to one tick (at most 10 ms).
class SystemClock final : public Clock {
 public:
  Millis wall() const override;
  Millis steady() const override;
};

}  // namespace larder

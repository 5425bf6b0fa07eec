#include "base/clock.h"

#include <ctime>

namespace larder {
namespace {

Millis read_clock(clockid_t id) {
  timespec now{};
  ::clock_gettime(id, &now);
  return Millis{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

Millis SystemClock::wall() const { return read_clock(CLOCK_REALTIME_COARSE); }
Millis SystemClock::steady() const { return read_clock(CLOCK_MONOTONIC_COARSE); }

}  // namespace larder

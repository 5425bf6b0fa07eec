// RenderLimit: how much longer one render may take, by the given clock. Threads: one at a time.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace larder::fastcgi {

class RenderLimit {
 public:
  RenderLimit(const Clock& clock, Millis limit) : clock_(clock), end_(clock.steady() + limit) {}

  Millis now() const { return clock_.steady(); }
  Millis left() const { return std::max<Millis>(0, end_ - now()); }
  bool over() const { return left() == 0; }
  // For poll(2): never long, so that a clock that was moved on (a suspended board, a test) is noticed.
  int poll_time() const { return static_cast<int>(std::min<Millis>(left(), 200)); }
  void forgive(Millis time) { end_ += time; }  // not the worker's fault

 private:
  const Clock& clock_;
  Millis end_;
};

}  // namespace larder::fastcgi

// Duty: whether load balancers may send work here. The one answer that health page, agent and statistics give.
//
// Two things take a Larder off duty: `larder drain`, until `larder ready`, and the end of the daemon, for good.
// Neither refuses anybody: who comes is served, as long as there is somebody to serve.
// Threads: all functions from any thread.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace larder::server {

class Duty {
 public:
  bool ready() const { return !drained_ && !leaving_; }
  const char* name() const { return ready() ? "ready" : "draining"; }

  // False: it was so before.
  bool drain() { return !drained_.exchange(true); }
  bool resume() { return drained_.exchange(false); }
  void leave() { leaving_ = true; }
  bool leaving() const { return leaving_; }

  void asked(Millis now) { asked_ = now; }  // a balancer wanted to know
  Millis last_asked() const { return asked_; }

 private:
  std::atomic<bool> drained_{false}, leaving_{false};
  std::atomic<Millis> asked_{-1'000'000};
};

}  // namespace larder::server

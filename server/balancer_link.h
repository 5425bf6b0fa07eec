// BalancerLink: what load balancers hear of us: on duty or not, how much we can take, and for how long we say so before
// we go.
//
// Threads: measure() from the one that ticks; the others from any. Lifetime: stop() before what it was given ends.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "base/result.h"
#include "server/agent.h"
#include "server/duty.h"
#include "server/governor_board.h"
#include "server/line_port.h"
#include "server/settings.h"

namespace larder::server {

class BalancerLink {
 public:
  static constexpr Millis kTick = 100;  // between two calls of measure()

  BalancerLink(const GovernorBoard& governor, const Clock& clock, Counters& counters)
      : governor_(governor), clock_(clock), counters_(counters) {}

  Status start(const Settings::Balancer& settings, const Report& report);
  void stop();

  Duty& duty() { return duty_; }
  const Duty& duty() const { return duty_; }
  void measure(double busy, double queued);  // shares of workers and queue that are taken now

  // `larder drain` and `larder ready`: what was done, for people.
  Result<std::string> drain(const Report& report);
  Result<std::string> resume(const Report& report);
  // From now on: draining. How long to go on serving, so that they hear of it.
  Millis leave(const Settings::Balancer& settings);

 private:
  static constexpr Millis kLoadTime = 2'000;  // over which the load is averaged

  std::string line();

  const GovernorBoard& governor_;
  const Clock& clock_;
  Counters& counters_;
  Duty duty_;
  std::mutex mutex_;  // guards the averages
  Average busy_{kTick, kLoadTime}, queued_{kTick, kLoadTime};
  std::unique_ptr<LinePort> agent_;
};

}  // namespace larder::server

// Agent: what HAProxy's agent-check is told, and how much of the work this board can take. Pure.
//
// Every line says everything, so that a balancer which missed one, or was restarted, is right again with the next:
// "ready up 75% maxconn:96\n" or "drain\n". Words are separated by blanks; the weight has the form NN%, of the weight
// in the balancer's configuration, which all versions read. Source: HAProxy configuration manual, "agent-check".
#pragma once

#include <optional>
#include <string>

#include "server/governor.h"

namespace larder::server {

struct Load {
  double busy = 0;    // share of the PHP workers that have a request, 0 to 1; a moving average
  double queued = 0;  // share of the queue before them that is taken; likewise
  bool throttled = false;
  std::optional<double> temperature;  // degrees Celsius
};

// Percent, 5 to 100, in steps of 5: what the governor allows; half of it when all workers are busy, and half again when
// their queue is full too; three quarters while the processor is slowed down; less and less above 70 degrees, down to a
// half at 90. It never rises with load, heat or pressure.
int agent_weight(const governor::Limits& limits, const Load& load);

std::string agent_line(bool ready, const governor::Limits& limits, const Load& load);  // with its end of line

// A moving average that is told the value every `step`; it has gone two thirds of the way after `time`.
class Average {
 public:
  Average(Millis step, Millis time) : share_(static_cast<double>(step) / static_cast<double>(time)) {}
  void add(double value) { value_ += (value - value_) * share_; }
  double value() const { return value_; }

 private:
  double share_;
  double value_ = 0;
};

}  // namespace larder::server

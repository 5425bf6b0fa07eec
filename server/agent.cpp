#include "server/agent.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace larder::server {
namespace {

constexpr int kStep = 5;  // percent: small changes are no news
constexpr double kWarm = 70, kHot = 90;

double cool_share(const std::optional<double>& temperature) {
  if (!temperature) return 1;
  return 1 - 0.5 * std::clamp((*temperature - kWarm) / (kHot - kWarm), 0.0, 1.0);
}

}  // namespace

int agent_weight(const governor::Limits& limits, const Load& load) {
  const double free = 1 - 0.5 * std::clamp(load.busy, 0.0, 1.0);
  const double short_queue = 1 - 0.5 * std::clamp(load.queued, 0.0, 1.0);
  const double slow = load.throttled ? 0.75 : 1;
  const double weight = limits.weight * free * short_queue * slow * cool_share(load.temperature);
  return std::clamp(static_cast<int>(std::lround(weight / kStep)) * kStep, kStep, 100);
}

std::string agent_line(bool ready, const governor::Limits& limits, const Load& load) {
  if (!ready) return "drain\n";
  return fmt::format("ready up {}% maxconn:{}\n", agent_weight(limits, load), limits.connections);
}

}  // namespace larder::server

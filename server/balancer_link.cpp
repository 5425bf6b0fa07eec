#include "server/balancer_link.h"

#include <fmt/core.h>

#include <utility>

#include "server/listener.h"

namespace larder::server {
namespace {

constexpr Millis kNotice = 3'000;    // longer than HAProxy's usual 2 s between checks
constexpr Millis kWatched = 30'000;  // who asked within that time still looks after us
constexpr Millis kSendTimeout = 1'000;

}  // namespace

Status BalancerLink::start(const Settings::Balancer& settings, const Report& report) {
  if (!settings.agent) return Done{};
  auto listener = open_listener(*settings.agent, kSendTimeout);
  if (!listener) return Error{fmt::format("balancer.agent: {}", listener.error().message), listener.error().code};
  const auto scheme = listener->url.find("//");
  report(Level::info, fmt::format("agent for HAProxy at {}",
                                  scheme == std::string::npos ? listener->url : listener->url.substr(scheme + 2)));
  agent_ = std::make_unique<LinePort>(
      std::move(*listener), LinePort::Kind::answers_at_once, [this](std::string_view) { return line(); }, clock_);
  return Done{};
}

void BalancerLink::stop() {
  if (agent_) agent_->stop();
}

void BalancerLink::measure(double busy, double queued) {
  const std::lock_guard lock(mutex_);
  busy_.add(busy);
  queued_.add(queued);
}

std::string BalancerLink::line() {
  duty_.asked(clock_.steady());
  counters_.add(Counter::agent_checks);
  const governor::Signals signals = governor_.read().signals;
  const std::lock_guard lock(mutex_);
  return agent_line(duty_.ready(), governor_.limits(),
                    {busy_.value(), queued_.value(), signals.throttled, signals.temperature});
}

Result<std::string> BalancerLink::drain(const Report& report) {
  if (!duty_.drain()) return std::string("was draining already");
  report(Level::info, "draining: balancers are told to send nobody");
  return std::string("draining; undo it with: larder ready");
}

Result<std::string> BalancerLink::resume(const Report& report) {
  if (duty_.leaving()) return Error{"the daemon is being stopped"};
  if (!duty_.resume()) return std::string("was ready already");
  report(Level::info, "ready: balancers are told to send clients again");
  return std::string("ready");
}

Millis BalancerLink::leave(const Settings::Balancer& settings) {
  duty_.leave();
  const bool watched = clock_.steady() - duty_.last_asked() < kWatched;
  return settings.notice.value_or(watched ? kNotice : 0);
}

}  // namespace larder::server

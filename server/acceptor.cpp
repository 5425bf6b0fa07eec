#include "server/acceptor.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

namespace larder::server {
namespace {

constexpr std::size_t kLingering = 64;  // refused clients that may still be reading their 503
constexpr Millis kLinger = 1'000;
constexpr int kTurns = 64;  // accepted from one listener before the others have their turn
constexpr Millis kLastWords = 1'000;
constexpr int kPauseWhenFull = 50;  // ms without accepting when there is no descriptor left
constexpr Millis kReportEvery = 10'000;

UniqueFd open_spare() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

Acceptor::Acceptor(std::vector<Listener> listeners, std::vector<std::unique_ptr<HttpLoop>>& loops, ClientSeats& seats,
                   AcceptorOptions options, const Clock& clock, Counters& counters, Report report)
    : listeners_(std::move(listeners)),
      loops_(loops),
      seats_(seats),
      options_(std::move(options)),
      clock_(clock),
      counters_(counters),
      report_(std::move(report)),
      wake_(::eventfd(0, EFD_CLOEXEC)),
      spare_(open_spare()),
      introductions_(options_.introduction, clock, counters, report_,
                     [this](Arrival arrival) { place(std::move(arrival)); }),
      thread_("acceptor", [this] { run(); }) {}

void Acceptor::stop() {
  if (!thread_.joinable()) return;
  end();
  for (const Listener& listener : listeners_)
    if (!listener.unlink.empty()) ::unlink(listener.unlink.c_str());
  listeners_.clear();
}

std::vector<Listener> Acceptor::hand_over() {
  handing_over_ = true;
  if (thread_.joinable()) end();
  return std::exchange(listeners_, {});
}

void Acceptor::end() {
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
  lingering_.clear();
}

void Acceptor::announce(std::vector<Network> proxies) {
  const std::lock_guard lock(announced_mutex_);
  options_.announced = std::move(proxies);
}

bool Acceptor::is_announced(const Endpoint& peer) {
  const std::lock_guard lock(announced_mutex_);
  return any_contains(options_.announced, peer);
}

void Acceptor::run() {
  std::vector<pollfd> watched = {{wake_.get(), POLLIN, 0}};
  for (const Listener& listener : listeners_) watched.push_back({listener.fd.get(), POLLIN, 0});
  const std::size_t constant = watched.size();
  for (;;) {
    watched.resize(constant);
    introductions_.watch(watched);
    const int timeout = lingering_.empty() && introductions_.size() == 0 ? -1 : 100;
    if (::poll(watched.data(), watched.size(), timeout) < 0 && errno != EINTR) return;
    if (watched.front().revents != 0) break;
    introductions_.go_on(std::span(watched).subspan(constant));
    for (std::size_t i = 1; i < constant; ++i)
      if (watched[i].revents != 0) accept_all(watched[i].fd, kTurns);
    drop_lingering(clock_.steady());
  }
  // Who waits at a socket that is closed would be reset.
  for (const Listener& listener : listeners_)
    if (!handing_over_) accept_all(listener.fd.get(), kBacklog);
  finish_introductions();
}

// Those who were accepted and have still to say for whom they speak; most have, if only just now.
void Acceptor::finish_introductions() {
  const Millis until = clock_.steady() + kLastWords;
  while (introductions_.size() > 0 && clock_.steady() < until) {
    std::vector<pollfd> watched;
    introductions_.watch(watched);
    if (::poll(watched.data(), watched.size(), 100) < 0 && errno != EINTR) return;
    introductions_.go_on(watched);
  }
}

void Acceptor::accept_all(int listener, int at_most) {
  for (int turn = 0; turn < at_most; ++turn) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    auto* address = reinterpret_cast<sockaddr*>(&peer);
    UniqueFd client(::accept4(listener, address, &length, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client) {
      admit({std::move(client), Endpoint::from(address, length), false});
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    if (!out_of_descriptors(listener)) return;
  }
}

// accept() failed: gives up the spare descriptor to refuse one client. False: leave the rest for later.
bool Acceptor::out_of_descriptors(int listener) {
  counters_.add(Counter::accept_failures);
  const int code = errno;
  if (const Millis now = clock_.steady(); now >= quiet_until_) {
    quiet_until_ = now + kReportEvery;
    report_(Level::error, fmt::format("cannot accept connections: {}; raise LimitNOFILE or lower server.connections",
                                      std::strerror(code)));
  }
  if ((code == EMFILE || code == ENFILE) && spare_) {
    spare_.reset();
    UniqueFd client(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client) {
      refuse(std::move(client));
      lingering_.clear();  // gives their descriptors back
    }
    spare_ = open_spare();
    if (spare_) return true;
  }
  pollfd wake{wake_.get(), POLLIN, 0};
  ::poll(&wake, 1, kPauseWhenFull);
  return false;
}

void Acceptor::admit(Arrival arrival) {
  std::size_t total = introductions_.size();
  for (const auto& loop : loops_) total += loop->connections();
  if (total >= options_.connections) return refuse(std::move(arrival.fd));
  counters_.add(Counter::connections_accepted);
  if (is_announced(arrival.peer)) return introductions_.begin(std::move(arrival));
  place(std::move(arrival));
}

void Acceptor::place(Arrival arrival) {
  auto seat = seats_.take(arrival.peer);
  if (!seat) {
    counters_.add(Counter::clients_refused);
    report_greedy(arrival.peer);
    return refuse(std::move(arrival.fd));
  }
  arrival.seat = *std::move(seat);
  HttpLoop* loop = &emptiest(options_.working);
  if (loop->connections() >= HttpLoop::kMaxConnections) loop = &emptiest(loops_.size());
  loop->add(std::move(arrival));
}

HttpLoop& Acceptor::emptiest(std::size_t among) const {
  const auto fewer = [](const auto& one, const auto& other) { return one->connections() < other->connections(); };
  return **std::min_element(loops_.begin(), loops_.begin() + static_cast<std::ptrdiff_t>(among), fewer);
}

void Acceptor::report_greedy(const Endpoint& client) {
  const Millis now = clock_.steady();
  if (now < quiet_about_clients_until_) return;
  quiet_about_clients_until_ = now + kReportEvery;
  report_(Level::warning,
          fmt::format("{} wants more connections than server.connections_per_client lets one client have; a load "
                      "balancer belongs into server.trusted_proxies",
                      client.text()));
}

void Acceptor::refuse(UniqueFd client) {
  counters_.add(Counter::connections_refused);
  (void)!::send(client.get(), options_.refusal.data(), options_.refusal.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(client.get(), SHUT_WR);
  // Closing now, with the request still unread or under way, would reset the connection and destroy the answer.
  if (lingering_.size() >= kLingering) lingering_.pop_front();
  lingering_.push_back({std::move(client), clock_.steady() + kLinger});
}

void Acceptor::drop_lingering(Millis now) {
  std::array<char, 4096> rubbish;
  for (auto at = lingering_.begin(); at != lingering_.end();) {
    const auto got = ::recv(at->fd.get(), rubbish.data(), rubbish.size(), MSG_DONTWAIT);
    const bool gone = got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
    at = gone || now >= at->until ? lingering_.erase(at) : at + 1;
  }
}

}  // namespace larder::server

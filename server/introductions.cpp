#include "server/introductions.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "server/proxy_protocol.h"

namespace larder::server {
namespace {

constexpr Millis kReportEvery = 10'000;

}  // namespace

void Introductions::begin(Arrival proxy) {
  Waiting waiting{std::move(proxy), clock_.steady() + patience_, {}};
  if (listen(waiting) == Heard::more_to_come) waiting_.push_back(std::move(waiting));
}

void Introductions::watch(std::vector<pollfd>& watched) const {
  for (const Waiting& waiting : waiting_) watched.push_back({waiting.proxy.fd.get(), POLLIN, 0});
}

void Introductions::go_on(std::span<const pollfd> watched) {
  if (waiting_.empty()) return;
  const Millis now = clock_.steady();
  std::vector<Waiting> still;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    Waiting& waiting = waiting_[i];
    const bool spoke =
        i < watched.size() && watched[i].revents != 0;  // those that came since are not among the watched
    if (spoke && listen(waiting) != Heard::more_to_come) continue;
    if (now > waiting.until)
      refuse(waiting, "no whole PROXY header in time");
    else
      still.push_back(std::move(waiting));
  }
  waiting_ = std::move(still);
}

Introductions::Heard Introductions::listen(Waiting& waiting) {
  std::array<char, kLargestProxyHeader> bytes;
  const int fd = waiting.proxy.fd.get();
  const std::size_t before = waiting.said.size();
  const auto got = ::recv(fd, bytes.data(), bytes.size() - before, MSG_PEEK);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return Heard::more_to_come;
  if (got <= 0) return before == 0 ? Heard::nonsense : refuse(waiting, "half a PROXY header");  // a port scan, a check
  waiting.said.append(bytes.data(), static_cast<std::size_t>(got));
  const ProxyHeader header = parse_proxy_header(waiting.said);
  if (header.state == ProxyHeader::State::malformed) return refuse(waiting, header.mistake);
  const bool whole = header.state == ProxyHeader::State::complete;
  (void)!::recv(fd, bytes.data(), whole ? header.size - before : static_cast<std::size_t>(got), 0);
  if (!whole) return Heard::more_to_come;
  counters_.add(Counter::proxy_headers);
  if (header.client) waiting.proxy.peer = *header.client;
  waiting.proxy.tls = header.tls;
  welcome_(std::move(waiting.proxy));
  return Heard::all;
}

Introductions::Heard Introductions::refuse(const Waiting& waiting, std::string_view mistake) {
  counters_.add(Counter::proxy_headers_refused);
  if (const Millis now = clock_.steady(); now >= quiet_until_) {
    quiet_until_ = now + kReportEvery;
    report_(
        Level::warning,
        fmt::format("{} is one of server.trusted_proxies and must begin with a PROXY header, but sent {}; let it send "
                    "one (HAProxy: send-proxy-v2 check-send-proxy), or set server.proxy_protocol = off",
                    waiting.proxy.peer.text(), mistake));
  }
  return Heard::nonsense;
}

}  // namespace larder::server

#include "server/peer_call.h"

#include <arpa/nameser.h>
#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <resolv.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>

#include "base/unique_fd.h"

namespace larder::server {
namespace {

constexpr int kMostAddresses = 3;

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

// getaddrinfo() knows no deadline, but the resolver of each thread has settings. Read anew each time: what the network
// says of its name servers may come later than we do.
Result<Addresses> resolve(const PeerAddress& peer) {
  if (::res_init() == 0) {
    _res.retrans = 1;  // seconds
    _res.retry = 1;
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(peer.host.c_str(), peer.port.c_str(), &hints, &found);
  if (failed == EAI_SYSTEM) return system_error("its name cannot be looked up");
  if (failed != 0) return Error{fmt::format("its name cannot be looked up: {}", ::gai_strerror(failed))};
  return Addresses(found);
}

// A connection, and until when it may be waited for.
class Connection {
 public:
  Connection(const Clock& clock, int interrupt) : clock_(clock), interrupt_(interrupt) {}

  Status connect(const addrinfo& to, Millis patience) {
    until_ = clock_.steady() + patience;
    fd_ = UniqueFd(::socket(to.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd_) return system_error("socket");
    if (::connect(fd_.get(), to.ai_addr, to.ai_addrlen) == 0) return Done{};
    if (errno != EINPROGRESS) return system_error("it cannot be reached");
    if (auto ready = wait_for(POLLOUT, "connect"); !ready) return ready;
    int failure = 0;
    socklen_t size = sizeof failure;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &failure, &size);
    return failure == 0 ? Status(Done{}) : system_error("it cannot be reached", failure);
  }

  void give(Millis patience) { until_ = clock_.steady() + patience; }

  Status send(std::string_view text, int flags) {
    while (!text.empty()) {
      const auto sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | flags);
      if (sent > 0) {
        text.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN) {
        if (auto ready = wait_for(POLLOUT, "take the request"); !ready) return ready;
      } else if (errno != EINTR) {
        return system_error("send");
      }
    }
    return Done{};
  }

  Result<std::string> first_line() {
    std::string line;
    std::array<char, 256> bytes;
    while (line.find('\n') == std::string::npos && line.size() < bytes.size()) {
      if (auto ready = wait_for(POLLIN, "answer"); !ready) return ready.error();
      const auto got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got < 0) return system_error("no answer");
      if (got == 0) return Error{"it closes the connection without an answer"};
      line.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return line.substr(0, line.find_first_of("\r\n"));
  }

 private:
  Status wait_for(short events, const char* what) const {
    for (;;) {
      const Millis left = until_ - clock_.steady();
      if (left <= 0) return Error{fmt::format("it does not {} in time", what)};
      std::array<pollfd, 2> watched = {{{fd_.get(), events, 0}, {interrupt_, POLLIN, 0}}};
      if (::poll(watched.data(), watched.size(), static_cast<int>(left)) < 0 && errno != EINTR)
        return system_error("poll");
      if (watched[1].revents != 0) return Error{"Larder ends"};
      if (watched[0].revents != 0) return Done{};
    }
  }

  const Clock& clock_;
  const int interrupt_;
  UniqueFd fd_;
  Millis until_ = 0;
};

Status connect_to(const PeerAddress& peer, Connection& connection, Millis patience) {
  const auto list = resolve(peer);
  if (!list) return list.error();
  Status connected = Error{"it has no address"};
  int tries = 0;
  for (const addrinfo* at = list->get(); at != nullptr && tries < kMostAddresses; at = at->ai_next, ++tries)
    if ((connected = connection.connect(*at, patience))) break;
  return connected;
}

}  // namespace

Result<int> status_of_line(std::string_view line) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool good = line.starts_with("HTTP/1.") && line.size() >= 12 && digit(line[7]) && line[8] == ' ' &&
                    line[9] >= '1' && line[9] <= '5' && digit(line[10]) && digit(line[11]) &&
                    (line.size() == 12 || line[12] == ' ');
  if (!good) return Error{"what it answers is no HTTP"};
  return (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
}

Result<int> call_peer(const PeerAddress& peer, std::string_view head, std::string_view body, const Clock& clock,
                      int interrupt, const CallLimits& limits) {
  Connection connection(clock, interrupt);
  if (auto connected = connect_to(peer, connection, limits.connect); !connected) return connected.error();
  connection.give(limits.answer);
  if (auto sent = connection.send(head, MSG_MORE); !sent) return sent.error();
  if (auto sent = connection.send(body, 0); !sent) return sent.error();
  const auto line = connection.first_line();
  return line ? status_of_line(*line) : line.error();
}

bool is_taken(int status) { return status == 200 || status == 202; }

std::string refusal_text(int status) {
  return fmt::format("it answers {}{}", status,
                     status == 403 ? ": it lets this Larder purge by neither its purge.allow nor its purge.token" : "");
}

}  // namespace larder::server

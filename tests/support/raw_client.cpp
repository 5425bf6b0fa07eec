#include "tests/support/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace larder::testing {
namespace {

UniqueFd connect_to(int family, const sockaddr* address, socklen_t length, const std::string& from = "") {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in source{};
  source.sin_family = AF_INET;
  if (!from.empty() && (::inet_pton(AF_INET, from.c_str(), &source.sin_addr) != 1 ||
                        ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0))
    throw std::system_error(errno, std::generic_category(), "bind to " + from);
  if (!fd || ::connect(fd.get(), address, length) != 0)
    throw std::system_error(errno, std::generic_category(), "connect");
  return fd;
}

UniqueFd connect_tcp(std::uint16_t port, const std::string& address, const std::string& from) {
  sockaddr_in6 six{};
  if (::inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    return connect_to(AF_INET6, reinterpret_cast<const sockaddr*>(&six), sizeof six);
  }
  sockaddr_in four{};
  ::inet_pton(AF_INET, address.c_str(), &four.sin_addr);
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  return connect_to(AF_INET, reinterpret_cast<const sockaddr*>(&four), sizeof four, from);
}

int left_until(std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

}  // namespace

RawClient::RawClient(std::uint16_t port, const std::string& address, const std::string& from)
    : fd_(connect_tcp(port, address, from)) {
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawClient& RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) break;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return *this;
}

RawClient& RawClient::send_one_by_one(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) send(bytes.substr(i, 1));
  return *this;
}

RawClient::Received RawClient::until_closed(Millis limit) { return until("", limit); }

RawClient::Received RawClient::until(std::string_view text, Millis limit) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(limit);
  Received received;
  std::array<char, 65536> buffer;
  while (text.empty() || received.bytes.find(text) == std::string::npos) {
    pollfd event{fd_.get(), POLLIN, 0};
    const int ready = ::poll(&event, 1, left_until(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return received;
    const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    received.closed = count <= 0;
    if (received.closed) return received;
    received.bytes.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return received;
}

bool RawClient::peer_closed() {
  char byte;
  return ::recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

}  // namespace larder::testing

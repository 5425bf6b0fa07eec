// Endpoint: the address of a peer, and networks that endpoints belong to. IPv4-mapped IPv6 addresses count as IPv4.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace larder::server {

struct Endpoint {
  enum class Family : std::uint8_t { unknown, unix_socket, ipv4, ipv6 };
  Family family = Family::unknown;
  std::array<std::uint8_t, 16> bytes{};  // network order; the first 4 for IPv4
  std::uint16_t port = 0;

  static Endpoint from(const sockaddr* address, socklen_t length);
  // `bytes` begin with the address in network order. For ipv4 and ipv6.
  static Endpoint from_network(Family family, std::string_view bytes, std::uint16_t port);
  // Numeric address without port, brackets or zone: "192.0.2.1", "2001:db8::1". Also with them, as RFC 7239 writes.
  static Result<Endpoint> parse(std::string_view text);
  std::string text() const;  // numeric, without port; "unix:" for a Unix socket, "unknown" for none of these
  bool operator==(const Endpoint&) const = default;
};

// "192.0.2.0/24", "2001:db8::/32", "192.0.2.1", or "unix:" for peers on Unix sockets.
struct Network {
  Endpoint base;
  unsigned prefix = 0;
  static Result<Network> parse(std::string_view text);
  bool contains(const Endpoint&) const;
};

bool any_contains(const std::vector<Network>&, const Endpoint&);

}  // namespace larder::server

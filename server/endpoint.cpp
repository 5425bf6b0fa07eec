#include "server/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace larder::server {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

Error bad_address(std::string_view text) { return Error{"not a numeric address: '" + std::string(text) + "'"}; }

// ::ffff:192.0.2.1 is how a dual-stack socket shows an IPv4 peer: rules written for IPv4 must see it as one.
Endpoint without_mapping(Endpoint endpoint) {
  if (endpoint.family != Endpoint::Family::ipv6) return endpoint;
  if (!std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), endpoint.bytes.begin())) return endpoint;
  Endpoint ipv4;
  ipv4.family = Endpoint::Family::ipv4;
  ipv4.port = endpoint.port;
  std::copy_n(endpoint.bytes.begin() + kMappedPrefix.size(), 4, ipv4.bytes.begin());
  return ipv4;
}

// The bare address, neither port nor brackets nor zone; an IPv4-mapped one stays IPv6.
std::optional<Endpoint> parse_bare(std::string_view text) {
  if (text.empty() || text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  Endpoint endpoint;
  if (::inet_pton(AF_INET, terminated.c_str(), endpoint.bytes.data()) == 1)
    endpoint.family = Endpoint::Family::ipv4;
  else if (::inet_pton(AF_INET6, terminated.c_str(), endpoint.bytes.data()) == 1)
    endpoint.family = Endpoint::Family::ipv6;
  else
    return std::nullopt;
  return endpoint;
}

std::string_view without_zone(std::string_view text) {
  const auto percent = text.find('%');
  return percent == std::string_view::npos || percent + 1 == text.size() ? text : text.substr(0, percent);
}

// RFC 7239 section 6: a port is 1 to 5 digits, or an obfuscated name that begins with '_' and tells us nothing.
std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.size() > 1 && text[0] == '_') {
    const bool named = std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
             c == '-';
    });
    return named ? std::optional<std::uint16_t>(0) : std::nullopt;
  }
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || text.size() > 5 || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

unsigned address_bits(Endpoint::Family family) {
  switch (family) {
    case Endpoint::Family::ipv4:
      return 32;
    case Endpoint::Family::ipv6:
      return 128;
    default:
      return 0;
  }
}

}  // namespace

Endpoint Endpoint::from(const sockaddr* address, socklen_t length) {
  Endpoint endpoint;
  if (address == nullptr || length < sizeof(sa_family_t)) return endpoint;
  sa_family_t family = AF_UNSPEC;
  std::memcpy(&family, reinterpret_cast<const char*>(address) + offsetof(sockaddr, sa_family), sizeof family);
  if (family == AF_UNIX) {
    endpoint.family = Family::unix_socket;
  } else if (family == AF_INET && length >= sizeof(sockaddr_in)) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    endpoint.family = Family::ipv4;
    endpoint.port = ntohs(in.sin_port);
    std::memcpy(endpoint.bytes.data(), &in.sin_addr, 4);
  } else if (family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    sockaddr_in6 in6{};
    std::memcpy(&in6, address, sizeof in6);
    endpoint.family = Family::ipv6;
    endpoint.port = ntohs(in6.sin6_port);
    std::memcpy(endpoint.bytes.data(), &in6.sin6_addr, 16);
  }
  return without_mapping(endpoint);
}

Endpoint Endpoint::from_network(Family family, std::string_view bytes, std::uint16_t port) {
  Endpoint endpoint;
  endpoint.family = family;
  endpoint.port = port;
  std::memcpy(endpoint.bytes.data(), bytes.data(), family == Family::ipv6 ? 16 : 4);
  return without_mapping(endpoint);
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
  std::string_view address = text;
  std::optional<std::string_view> port;
  const bool bracketed = text.starts_with('[');
  if (bracketed) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return bad_address(text);
    address = text.substr(1, close - 1);
    if (const auto rest = text.substr(close + 1); rest.starts_with(':'))
      port = rest.substr(1);
    else if (!rest.empty())
      return bad_address(text);
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos && colon == text.rfind(':')) {
    address = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  auto endpoint = parse_bare(without_zone(address));
  if (!endpoint) return bad_address(text);
  const bool ipv6 = endpoint->family == Family::ipv6;
  if (bracketed != (ipv6 && bracketed) || (!ipv6 && address.find('%') != std::string_view::npos))
    return bad_address(text);
  if (port) {
    const auto number = parse_port(*port);
    if (!number) return bad_address(text);
    endpoint->port = *number;
  }
  return without_mapping(*endpoint);
}

std::string Endpoint::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  switch (family) {
    case Family::unix_socket:
      return "unix:";
    case Family::ipv4:
      return ::inet_ntop(AF_INET, bytes.data(), buffer.data(), static_cast<socklen_t>(buffer.size()));
    case Family::ipv6:
      return ::inet_ntop(AF_INET6, bytes.data(), buffer.data(), static_cast<socklen_t>(buffer.size()));
    case Family::unknown:
      break;
  }
  return "unknown";
}

Result<Network> Network::parse(std::string_view text) {
  const Error error{"not a network: '" + std::string(text) +
                    "'; write 192.0.2.0/24, 2001:db8::/32, an address or unix:"};
  Network network;
  if (text == "unix:") {
    network.base.family = Endpoint::Family::unix_socket;
    return network;
  }
  const auto slash = text.find('/');
  const auto base = parse_bare(text.substr(0, slash));
  if (!base) return error;
  network.base = *base;
  network.prefix = address_bits(base->family);
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), network.prefix);
    if (digits.empty() || failure != std::errc() || end != digits.data() + digits.size()) return error;
    if (network.prefix > address_bits(base->family)) return error;
  }
  network.base = without_mapping(network.base);
  if (network.base.family != base->family) {
    if (network.prefix < 96) return error;  // would hold IPv4 and other addresses at once
    network.prefix -= 96;
  }
  return network;
}

bool Network::contains(const Endpoint& endpoint) const {
  if (base.family == Endpoint::Family::unknown || endpoint.family != base.family) return false;
  const std::size_t whole = prefix / 8;
  if (!std::equal(base.bytes.begin(), base.bytes.begin() + whole, endpoint.bytes.begin())) return false;
  const unsigned rest = prefix % 8;
  return rest == 0 || (base.bytes[whole] ^ endpoint.bytes[whole]) >> (8 - rest) == 0;
}

bool any_contains(const std::vector<Network>& networks, const Endpoint& endpoint) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.contains(endpoint); });
}

}  // namespace larder::server

#include "fastcgi/address.h"

#include <fmt/core.h>
#include <sys/un.h>

#include <charconv>

namespace larder::fastcgi {
namespace {

constexpr std::string_view kUnix = "unix:";

Error bad(std::string_view text, std::string_view why) {
  return Error{
      fmt::format("\"{}\" is no address of a FastCGI pool: {} (write unix:/run/php.sock, 127.0.0.1:9000 or "
                  "[::1]:9000)",
                  text, why)};
}

Result<Address> parse_unix(std::string_view text) {
  const std::string_view path = text.substr(kUnix.size());
  if (!path.starts_with('/')) return bad(text, "the path of the socket is not absolute");
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return bad(text, "the path of the socket is too long");
  if (path.find('\0') != std::string_view::npos) return bad(text, "the path of the socket contains a NUL");
  return Address{std::string(path), {}, 0};
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  if (text.starts_with(kUnix)) return parse_unix(text);
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad(text, "the port is missing");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2)
    host = host.substr(1, host.size() - 2);
  else if (host.find_first_of("[]:") != std::string_view::npos)
    return bad(text, "an IPv6 address needs brackets");
  if (host.empty()) return bad(text, "the host is missing");
  if (host.find_first_of(std::string_view(" \t\r\n/\0", 6)) != std::string_view::npos)
    return bad(text, "the host has characters that no name has");
  Address address{{}, std::string(host), 0};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size() || address.port == 0)
    return bad(text, "the port is not a number from 1 to 65535");
  return address;
}

}  // namespace larder::fastcgi

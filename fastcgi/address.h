// Address of a FastCGI worker pool: a Unix socket or a TCP host and port.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace larder::fastcgi {

struct Address {
  std::string unix_path;  // set: a Unix socket; the rest is unused
  std::string host;       // name or numeric address, IPv6 without brackets
  std::uint16_t port = 0;
};

// "unix:/run/php.sock", "127.0.0.1:9000", "[::1]:9000", "php.lan:9000".
Result<Address> parse_address(std::string_view text);

}  // namespace larder::fastcgi

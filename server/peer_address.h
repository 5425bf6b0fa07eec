// PeerAddress: where another Larder before the same site listens, as [peers] of the ini names it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace larder::server {

struct PeerAddress {
  std::string host;  // a name or a numeric address, without brackets
  std::string port;
  std::string authority() const;  // "host:port", "[::1]:80": with its port always
  std::string url() const { return "http://" + authority(); }
  bool operator==(const PeerAddress&) const = default;
};

// "http://10.0.0.2", "http://pi2.lan:8080", "http://[2001:db8::2]"
Result<PeerAddress> parse_peer(std::string_view url);
Result<std::vector<PeerAddress>> parse_peers(std::string_view text);  // words

}  // namespace larder::server

// ProxyHeader: what a load balancer says before the first byte of HTTP: for whom it has connected. PROXY protocol,
// versions 1 (a line of text) and 2 (binary), as haproxy.org/download/2.6/doc/proxy-protocol.txt has them. Pure.
//
// Strict: whoever may send one is told in the settings, so anything else is a mistake and never taken for HTTP.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "server/endpoint.h"

namespace larder::server {

struct ProxyHeader {
  enum class State { incomplete, complete, malformed };
  State state = State::incomplete;
  std::size_t size = 0;            // complete: bytes of the header; what follows is HTTP
  std::optional<Endpoint> client;  // nullopt: the balancer speaks for itself (LOCAL), or cannot say (UNKNOWN, a socket)
  bool tls = false;                // the client came to the balancer by TLS (version 2, PP2_TYPE_SSL)
  std::string_view mistake;        // malformed: what; static text
};

// Longest header taken. Version 1 has at most 107 bytes; version 2 may carry a certificate's names.
constexpr std::size_t kLargestProxyHeader = 4096;

// `bytes` is what has come so far. Incomplete means that every byte of it belongs to the header.
ProxyHeader parse_proxy_header(std::string_view bytes);

}  // namespace larder::server

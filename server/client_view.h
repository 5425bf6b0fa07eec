// ClientView: who the client is and what it asked for, as far as we may believe it.
//
// X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Port and Forwarded (RFC 7239) count only from trusted proxies; of a
// list of addresses the last one that is not a trusted proxy is the client. Where a list is garbage, the last hop that
// could be read is the client. Forwarded is read only when none of the X- fields is there. The scheme of an
// absolute-form target is the client's word and never believed. Whom a PROXY header named (proxy_protocol.h) is the
// peer here, so the fields of a client are not believed because its balancer is. Heads that the gate let pass only:
// what it checked is not checked again. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/endpoint.h"
#include "server/request.h"
#include "server/target.h"

namespace larder::server {

struct ClientView {
  Endpoint client;                   // REMOTE_ADDR
  std::string_view scheme = "http";  // or "https"; static text
  std::string_view host;             // effective host in lower case, with its port unless that is the scheme's own;
                                     // empty when an HTTP/1.0 client sent none
  std::uint16_t port = 80;           // SERVER_PORT: from the host, X-Forwarded-Port or the scheme
  bool forwarded = false;            // came through a trusted proxy
  // What `host` is a part of when the client wrote it otherwise; else it is a part of the head.
  std::unique_ptr<const std::string> own_host;

  std::string_view server_name() const;  // host without port and brackets
};

// What `host` becomes of a Host field or the authority of a URL, for a scheme ("http" or "https").
std::string effective_host(std::string_view authority, std::string_view scheme);

ClientView client_view(const RequestHead&, const Target&, const std::vector<Network>& trusted);

}  // namespace larder::server

// ClientView: who the client is and what it asked for, as far as we may believe it.
//
// X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Port and Forwarded (RFC 7239) count only from trusted proxies; of a
// list of addresses the last one that is not a trusted proxy is the client. Where a list is garbage, the last hop that
// could be read is the client. Forwarded is read only when none of the X- fields is there. The scheme of an
// absolute-form target is the client's word and never believed. Pure.
#pragma once

#include <string>
#include <vector>

#include "server/endpoint.h"
#include "server/request.h"
#include "server/target.h"

namespace larder::server {

struct ClientView {
  Endpoint client;          // REMOTE_ADDR
  std::string scheme;       // "http" or "https"
  std::string host;         // effective host in lower case, port as sent (without a default port of the scheme);
                            // empty when an HTTP/1.0 client sent none
  std::string server_name;  // host without port and brackets
  std::string server_port;  // from host, X-Forwarded-Port or the scheme
  bool forwarded = false;   // came through a trusted proxy
};

ClientView client_view(const RequestHead&, const Target&, const std::vector<Network>& trusted);

}  // namespace larder::server

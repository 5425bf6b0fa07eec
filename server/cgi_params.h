// CGI parameters of a request for PHP: RFC 3875 section 4.1 and what PHP adds. Pure.
//
// Only what Larder believes goes in: HTTP_HOST is the effective host; HTTP_PROXY never; fields whose names hold more
// than letters, digits and '-' are dropped ('_' and, in PHP, '.' would collide with '-'); X-Forwarded-*, Forwarded,
// X-Real-IP, X-Original-URL and X-Rewrite-URL only from trusted proxies, and of them only X-Forwarded-For and -Proto
// where the answer may be shared: the others are not in the key. Fields of one name are joined as RFC 9110 5.3 allows
// (Cookie with "; ").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/client_view.h"
#include "server/request.h"
#include "server/router.h"
#include "server/target.h"

namespace larder::server {

struct CgiRequest {
  const RequestHead& head;
  const Target& target;
  const ClientView& view;
  const ScriptRoute& script;
  std::string_view document_root;
  std::string_view node;  // LARDER_NODE: where Larder itself can be called from this machine, for purges
  std::string_view method;        // what PHP is asked: GET also for a HEAD that may fill the cache
  std::uint64_t body_length = 0;  // CONTENT_LENGTH: of the complete body, de-chunked
  bool for_cache = false;         // the answer may be shared: leave out conditions, ranges, Accept-Encoding and method
                                  // overrides of this client
};

std::vector<std::pair<std::string, std::string>> cgi_params(const CgiRequest&);

}  // namespace larder::server

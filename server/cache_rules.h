// CacheRules: which requests may be answered from the page cache, and may fill it. Pure.
//
// The ini's lists (cache.bypass_cookies, bypass_paths, ignored_params) and the few rules that are not a matter of
// taste: only GET and HEAD, no body, no credentials, only hosts the site knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/glob.h"
#include "server/gate.h"
#include "server/request.h"
#include "server/target.h"

namespace larder::server {

struct CacheRules {
  GlobSet bypass_cookies;  // cookie names
  GlobSet bypass_paths;    // whole paths, see path_globs()
  GlobSet bypass_params;   // names of query parameters
};

// The globs of all paths that begin as the ini says: "/wp-admin/" becomes "/wp-admin/*".
GlobSet path_globs(std::vector<std::string> beginnings);

// Why the request may not use the cache, as the detail of Cache-Status (static text), or empty when it may.
std::string_view bypass_reason(const CacheRules&, const RequestHead&, const Target&, const Framing&, bool known_host);

// What of the request that reason speaks of: the cookie, the parameter, the path or the method. For people.
std::string_view bypassing_name(std::string_view reason, const CacheRules&, const RequestHead&, const Target&);

}  // namespace larder::server

// RequestClass: which requests come first when PHP cannot take all. Pure.
//
// The class of a request is what it looks like, so it can be forged; what that buys is bounded (waiting_line.h).
#pragma once

#include <string_view>

#include "fastcgi/job.h"
#include "server/request.h"
#include "server/target.h"

namespace larder::server {

// `bypass`: why the request does not use the page cache (cache_rules.h); empty: it does.
fastcgi::JobClass request_class(const RequestHead& head, const Target& target, std::string_view bypass);

}  // namespace larder::server

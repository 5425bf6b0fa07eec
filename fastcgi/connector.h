// Connecting to a worker pool without ever blocking longer than asked.
//
// Threads: any. Host names are resolved by getaddrinfo(3), which knows no deadline but the resolver's own; numeric
// addresses and Unix sockets never ask it.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "fastcgi/address.h"
#include "fastcgi/render_limit.h"

namespace larder::fastcgi {

// Why nothing came of it: `code` of the error is ECANCELED when stop_fd became readable.
//
// A non-blocking connected socket. A Unix socket whose backlog is full is asked again until the limit is over: somebody
// lives there. Where nobody listens (refused, no such file) it is asked again for `patience`, within the limit: php-fpm
// may be starting.
Result<UniqueFd> connect_to(const Address&, const RenderLimit&, Millis patience, int stop_fd);

}  // namespace larder::fastcgi

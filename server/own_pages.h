// Own pages: what Larder says about itself below /larder/: health for load balancers, statistics for those who may.
//
// Threads: any. Anything else below /larder/ belongs to the site.
#pragma once

#include <optional>
#include <string_view>

#include "server/endpoint.h"
#include "server/reply.h"
#include "server/service.h"

namespace larder::server {

std::optional<Reply> own_page(std::string_view path, std::string_view method, const Endpoint& client,
                              const Service& service);

}  // namespace larder::server

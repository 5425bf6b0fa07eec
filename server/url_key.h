// UrlKey: the name under which the page of a URL is stored, as a request for it would have it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cache/key.h"

namespace larder::server {

// "http://example.org/page?x=1". An error says what is wrong with it.
Result<std::string> key_of_url(std::string_view url, const cache::IgnoredParams& ignored);

}  // namespace larder::server

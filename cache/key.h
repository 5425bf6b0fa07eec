// Key: the name under which a page is stored (RFC 9111 section 2), and its hash. Pure.
//
// "https://host:port/path?query", with the query parameters left out that only tell the site's statistics where a
// visitor came from. PHP still sees those: they are dropped from the key, not from the request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/glob.h"

namespace larder::cache {

// Globs of parameter names that do not make another page: "utm_*", "gclid".
using IgnoredParams = GlobSet;

// Scheme, host (with its port, if any) and path are taken as they are: the caller has normalised them. `query` is what
// follows the '?'; has_query tells "/a?" from "/a". A parameter is dropped when its name, percent-decoded, matches one
// of the globs; the others keep their order and spelling. When nothing is left, there is no '?'.
std::string make_key(std::string_view scheme, std::string_view host, std::string_view path, std::string_view query,
                     bool has_query, const IgnoredParams& ignored);

// XXH3, 64 bits. The seed is secret and each ring's own, so that nobody can make pages collide on purpose.
std::uint64_t hash_key(std::string_view key, std::uint64_t seed);
std::string hex_of(std::uint64_t number);  // 16 digits

}  // namespace larder::cache

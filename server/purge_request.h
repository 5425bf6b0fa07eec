// PurgeRequest: the body of POST /larder/purge. Pure.
//
//   {"urls": ["https://example.org/a/"], "prefixes": ["https://example.org/blog/"], "tags": ["post-12"],
//    "all": false, "hard": false}
//
// Every member may be missing; one that is not known, or of another type, is an error: a purge that does less than its
// caller believes is worse than one that fails.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cache/key.h"
#include "cache/purge_list.h"

namespace larder::server {

inline constexpr std::size_t kLongestPurgeRequest = 1 << 20;  // bytes
inline constexpr std::size_t kMostPurgesARequest = 2'000;

Result<std::vector<cache::Purge>> parse_purge_request(std::string_view json, const cache::IgnoredParams& ignored,
                                                      Millis now);

// What a person or program asks for, as such a body.
struct PurgeWish {
  std::vector<std::string> urls, prefixes, tags;
  bool all = false, hard = true;
};
std::string encode_purge_request(const PurgeWish& wish);

}  // namespace larder::server

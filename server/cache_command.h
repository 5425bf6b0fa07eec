// CacheCommand: `larder cache ...`: a ring made, and looked at from outside.
//
// Each returns the exit code: 0, or 1 after a message on standard error. Those that only look change nothing and take
// no lock: they work while a daemon has the ring. Threads: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cache/bodies.h"
#include "cache/key.h"

namespace larder::server {

// `place` is a cache.path: a folder, a block device, or the ring itself.
int create_ring(const std::string& place, std::uint64_t bytes, bool erase_unasked, bool full);
int show_ring(const std::string& place, bool json);
int verify_ring(const std::string& place);  // 1 also when something is damaged

// Keys that begin with `prefix`.
int list_pages(const std::string& place, const std::string& prefix, bool json);

struct PageWish {
  std::string url;
  cache::IgnoredParams ignored;
  bool head = false;                    // the head too
  std::optional<cache::Coding> coding;  // nullopt: as it reads, whatever it is stored in
};
int print_page(const std::string& place, const PageWish& wish);

}  // namespace larder::server

// RingReport: what a ring and its pages look like, for people and as JSON. Pure.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "cache/ring_check.h"
#include "cache/superblock.h"

namespace larder::server {

struct RingInfo {
  std::string path;
  pid_t holder = 0;  // the daemon that has it
  std::uint64_t file_bytes = 0;
  cache::Superblock superblock;
  std::uint32_t last_number = 0;  // of the newest segment; 0: none was ever written
  cache::RingCheck held;          // by its footers
};

// Several lines. `wall` is now.
std::string ring_text(const RingInfo& info, Millis wall);
std::string ring_json(const RingInfo& info);

// What a check of every byte has found: several lines.
std::string check_text(const cache::RingCheck& check);

// One line a page; page_heading() names its columns. `fresh_until` and `wall` are wall times.
std::string page_heading();
std::string page_line(const cache::RingView::Found& found, Millis fresh_until, Millis wall);
std::string page_json(const cache::RingView::Found& found, Millis fresh_until, Millis wall);

// Status and fields, as in HTTP/1.1.
std::string page_head(const cache::Page& page);

}  // namespace larder::server

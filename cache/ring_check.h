// RingCheck: reads a whole ring and looks at every checksum, and counts what it holds.
//
// A daemon may be writing the ring meanwhile: a segment that is not right and has another header afterwards was
// overwritten, and one that is read a second time and is right then was being written. Neither is damage.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cache/ring_view.h"

namespace larder::cache {

struct RingCheck {
  std::uint64_t segments = 0, written_bytes = 0;
  std::uint64_t records = 0, record_bytes = 0;  // that are right
  std::uint64_t pages = 0, page_bytes = 0;      // of those, the newest of each key
  std::uint64_t damaged_records = 0;
  std::uint64_t damaged_segments = 0;   // headers and footers
  std::uint64_t unreadable = 0;         // segments that the drive cannot read
  std::uint64_t overwritten = 0;        // segments, while they were read
  std::vector<std::string> complaints;  // a line for each damage, at most kMostComplaints

  bool good() const { return damaged_records == 0 && damaged_segments == 0 && unreadable == 0; }
  static constexpr std::size_t kMostComplaints = 100;
};

// `progress` is told how many of the ring's bytes have been looked at.
RingCheck check_ring(RingView& view, const std::function<void(std::uint64_t)>& progress);

// The same from the footers alone: counts, and sees no damage.
Result<RingCheck> count_ring(RingView& view);

}  // namespace larder::cache

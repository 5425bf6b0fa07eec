// SegmentCheck: what is right and what is damaged in one segment of the ring; byte grammar in FORMAT.md. Pure.
//
// A daemon stops at the first record that is not right; here what lies behind is looked for too, so that damage is told
// from the place where a segment was left at a stop. What was written last before a crash may be torn: behind it there
// is nothing of this segment, and that is no damage.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cache/geometry.h"
#include "cache/segment.h"

namespace larder::cache {

struct SegmentCheck {
  FooterLines records;                 // that are right, in the order in which they were written
  std::vector<std::uint32_t> damaged;  // where records begin that are not, in bytes from the segment's start
  bool sealed = false;                 // it was written to its end
  bool footer_damaged = false;         // its end is there and not right
};

// `segment` may be short, when the file ends in it.
SegmentCheck check_segment(std::span<const std::uint8_t> segment, Sequence sequence, std::uint32_t salt,
                           std::uint32_t segment_bytes);

// Of a segment whose header is not right: what it was by its trailer. nullopt when that is not right either.
std::optional<Sequence> sequence_of_trailer(std::span<const std::uint8_t> segment, std::uint32_t salt);

}  // namespace larder::cache

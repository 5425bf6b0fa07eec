// Geometry: where things lie in the ring, and how segments are numbered.
//
// Segments are numbered from 1 without end; number n lies in slot (n - 1) % segment_count, so a number found in the
// wrong slot is damage. A run is one life of the daemon; it has its number from the superblock. The two together order
// all segments, and tell what this life of a slot wrote from what an earlier one left there. The slots begin one
// segment after the start of the file, so that they lie on the boundaries of the drive's erase units; the superblocks
// have the first unit to themselves.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>

namespace larder::cache {

struct Sequence {
  std::uint32_t run = 0;
  std::uint32_t number = 0;
  auto operator<=>(const Sequence&) const = default;
};

struct Geometry {
  std::uint32_t segment_bytes = 0;  // a multiple of kBlock
  std::uint32_t segment_count = 0;
  bool operator==(const Geometry&) const = default;

  std::uint32_t slot_of(std::uint32_t number) const { return (number - 1) % segment_count; }
  std::uint64_t offset_of(std::uint32_t slot) const { return std::uint64_t{segment_bytes} * (std::uint64_t{slot} + 1); }
  std::uint64_t bytes() const { return std::uint64_t{segment_bytes} * segment_count; }
};

// Every write begins and ends on a multiple of this: a page of the kernel's page cache, so that no write makes the
// kernel read before it writes, and no byte that was written is written again.
inline constexpr std::uint32_t kBlock = 4096;

// What is written and reclaimed at a time: the erase unit of most sticks.
inline constexpr std::uint32_t kSegmentBytes = 4 << 20;

// The whole segments in so many bytes.
inline Geometry fit_geometry(std::uint64_t bytes, std::uint32_t segment_bytes = kSegmentBytes) {
  const std::uint64_t count = bytes / std::max(segment_bytes, kBlock);
  return {.segment_bytes = segment_bytes,
          .segment_count = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, UINT32_MAX / 4))};
}

}  // namespace larder::cache

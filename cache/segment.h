// Segment: the unit in which the ring is written and reclaimed; byte grammar in FORMAT.md. Pure.
//
//   header | records and padding | footer: one line a record | trailer
//
// A segment that has its trailer is read by its footer. One that has none was being written when the daemon stopped: it
// is read record by record, up to the first that is not right.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cache/geometry.h"

namespace larder::cache {

inline constexpr std::size_t kSegmentHeaderBytes = 16;
inline constexpr std::size_t kFooterLineBytes = 16;
inline constexpr std::size_t kTrailerBytes = 24;

// Smaller ones would hold hardly a page.
inline constexpr std::uint32_t kMinSegmentBytes = 4 * kBlock;
// A whole one is held in memory while it is written.
inline constexpr std::uint32_t kMaxSegmentBytes = std::uint32_t{256} << 20;

// One record as the footer lists it. Bytes from the segment's start.
struct FooterLine {
  std::uint64_t key_hash = 0;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  bool operator==(const FooterLine&) const = default;
};
using FooterLines = std::vector<FooterLine>;  // in the order in which they were written

void encode_segment_header(Sequence sequence, std::uint32_t salt, std::uint8_t* to);
std::optional<Sequence> decode_segment_header(std::span<const std::uint8_t> bytes, std::uint32_t salt);

// Footer and trailer into the end of the segment.
void encode_footer(const FooterLines& lines, Sequence sequence, std::uint32_t salt, std::span<std::uint8_t> segment);

// `tail` is the end of a segment. How many bytes footer and trailer take, by a trailer that is right and belongs to
// this sequence; they may be more than the tail has.
std::optional<std::uint32_t> footer_bytes(std::span<const std::uint8_t> tail, Sequence sequence, std::uint32_t salt);

// The lines of a footer; `tail` ends the segment and holds all of footer_bytes(). nullopt when anything is wrong.
std::optional<FooterLines> decode_footer(std::span<const std::uint8_t> tail, Sequence sequence, std::uint32_t salt,
                                         std::uint32_t segment_bytes);

// The right record that begins there, as the footer would list it.
std::optional<FooterLine> line_at(std::span<const std::uint8_t> segment, std::size_t at, Sequence sequence,
                                  std::uint32_t salt);

// The records of a segment that has no footer. `segment` may be short, when the file ends in it.
FooterLines scan_records(std::span<const std::uint8_t> segment, Sequence sequence, std::uint32_t salt);

}  // namespace larder::cache

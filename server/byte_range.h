// ByteRange: the Range field of a request against a representation of known size. Pure: RFC 9110 section 14.
//
// A server may ignore a Range field, and does so where honouring it only costs: more than kMaxRanges ranges, ranges
// that overlap or are not in ascending order, and whatever does not parse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace larder::server {

struct ByteRange {
  std::uint64_t offset = 0, length = 0;
  bool operator==(const ByteRange&) const = default;
};

constexpr std::size_t kMaxRanges = 8;

struct RangeSet {
  enum class Kind { whole, partial, unsatisfiable };
  Kind kind = Kind::whole;
  std::vector<ByteRange> ranges;  // partial only: 1 to kMaxRanges, ascending, each within the size, none empty
};

// `field`: value of the Range field; `size`: bytes of the whole representation.
RangeSet parse_byte_ranges(std::string_view field, std::uint64_t size);

}  // namespace larder::server

#include "server/byte_range.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/field.h"
#include "server/ows.h"

namespace larder::server {
namespace {

// Positions beyond 64 bits are beyond the end of every file: they saturate.
std::optional<std::uint64_t> parse_position(std::string_view text) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (kMost - digit) / 10 ? kMost : value * 10 + digit;
  }
  return value;
}

// One "first-last", "first-" or "-suffix". nullopt: not one of them; length 0: nothing of the file.
std::optional<ByteRange> parse_spec(std::string_view spec, std::uint64_t size) {
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto before = spec.substr(0, dash), after = spec.substr(dash + 1);
  const auto last = parse_position(after);
  if (before.empty()) {
    if (!last) return std::nullopt;
    const std::uint64_t length = std::min(*last, size);
    return ByteRange{size - length, length};
  }
  const auto first = parse_position(before);
  if (!first || (!last && !after.empty()) || (last && *last < *first)) return std::nullopt;
  if (*first >= size) return ByteRange{size, 0};
  const std::uint64_t end = last && *last < size - 1 ? *last + 1 : size;
  return ByteRange{*first, end - *first};
}

}  // namespace

RangeSet parse_byte_ranges(std::string_view field, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  const RangeSet whole;
  if (!equals_ignoring_case(field.substr(0, kUnit.size()), kUnit)) return whole;
  std::string_view rest = field.substr(kUnit.size());
  RangeSet set;
  std::size_t specs = 0;
  while (true) {
    const auto comma = rest.find(',');
    const auto spec = without_ows(rest.substr(0, comma));
    if (!spec.empty()) {
      const auto range = parse_spec(spec, size);
      if (!range || ++specs > kMaxRanges) return whole;
      if (range->length > 0) {
        if (!set.ranges.empty() && range->offset < set.ranges.back().offset + set.ranges.back().length) return whole;
        set.ranges.push_back(*range);
      }
    }
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (specs == 0 || size == 0) return whole;  // an empty file has no range that Content-Range could name
  set.kind = set.ranges.empty() ? RangeSet::Kind::unsatisfiable : RangeSet::Kind::partial;
  return set;
}

}  // namespace larder::server

#include "cache/recovery.h"

#include <algorithm>
#include <array>

namespace larder::cache {
namespace {

// Look-ups wait for one step at most.
constexpr std::uint32_t kHeadersAStep = 32;
// Enough for the footer of about a thousand records, so that one read does for almost all segments.
constexpr std::uint32_t kTailBytes = 16 * 1024;

}  // namespace

Status Recovery::read_headers() {
  Status status = Done{};
  const std::uint32_t end = std::min(geometry_.segment_count - next_slot_, kHeadersAStep) + next_slot_;
  for (; next_slot_ < end; ++next_slot_) {
    std::array<std::uint8_t, kSegmentHeaderBytes> bytes{};
    auto got = read_fully(device_, geometry_.offset_of(next_slot_), bytes);
    if (!got) {
      status = got.error();
      continue;
    }
    const auto sequence = decode_segment_header(std::span(bytes).first(*got), salt_);
    if (sequence && geometry_.slot_of(sequence->number) == next_slot_) segments_.push_back(*sequence);
  }
  if (has_headers()) std::sort(segments_.begin(), segments_.end());
  return status;
}

Result<FooterLines> Recovery::read_records(Sequence sequence) {
  auto footer = read_footer(sequence);
  if (!footer) return footer.error();
  if (*footer) return **std::move(footer);
  return scan(sequence);
}

Result<std::optional<FooterLines>> Recovery::read_footer(Sequence sequence) {
  auto tail = read_tail(sequence, std::min(kTailBytes, geometry_.segment_bytes));
  if (!tail) return tail.error();
  const auto needed = footer_bytes(*tail, sequence, salt_);
  if (!needed || *needed > geometry_.segment_bytes) return std::optional<FooterLines>();
  if (*needed > tail->size()) {
    tail = read_tail(sequence, *needed);
    if (!tail) return tail.error();
  }
  return decode_footer(*tail, sequence, salt_, geometry_.segment_bytes);
}

// Short when the file ends before the segment does: then there is no trailer in it.
Result<std::vector<std::uint8_t>> Recovery::read_tail(Sequence sequence, std::uint32_t bytes) {
  const std::uint64_t start = geometry_.offset_of(geometry_.slot_of(sequence.number));
  std::vector<std::uint8_t> tail(bytes);
  auto got = read_fully(device_, start + geometry_.segment_bytes - bytes, tail);
  if (!got) return got.error();
  if (*got < bytes) tail.clear();
  return tail;
}

Result<FooterLines> Recovery::scan(Sequence sequence) {
  std::vector<std::uint8_t> segment(geometry_.segment_bytes);
  auto got = read_fully(device_, geometry_.offset_of(geometry_.slot_of(sequence.number)), segment);
  if (!got) return got.error();
  return scan_records(std::span(segment).first(*got), sequence, salt_);
}

}  // namespace larder::cache

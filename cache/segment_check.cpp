#include "cache/segment_check.h"

#include <algorithm>
#include <string_view>

#include "base/bytes.h"
#include "cache/page_codec.h"

namespace larder::cache {
namespace {

using Bytes = std::span<const std::uint8_t>;

Sequence written_sequence(Bytes trailer) {
  return {.run = get_le<std::uint32_t>(&trailer[12]), .number = get_le<std::uint32_t>(&trailer[8])};
}

bool is_zeros(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

// The first right record at or behind `at`.
std::optional<FooterLine> next_record(Bytes segment, std::size_t at, Sequence sequence, std::uint32_t salt) {
  for (; at + kRecordHeaderBytes <= segment.size(); ++at)
    if (const auto line = line_at(segment, at, sequence, salt)) return line;
  return std::nullopt;
}

void check_listed(Bytes segment, const FooterLines& lines, Sequence sequence, std::uint32_t salt, SegmentCheck& check) {
  for (const FooterLine& line : lines) {
    if (line_at(segment.first(std::size_t{line.offset} + line.length), line.offset, sequence, salt) == line)
      check.records.push_back(line);
    else
      check.damaged.push_back(line.offset);
  }
}

// Behind padding, which is zeros up to the next block.
std::size_t skip_padding(Bytes segment, std::size_t at) {
  const std::size_t block = std::min(segment.size(), (at + kBlock - 1) / kBlock * kBlock);
  return is_zeros(segment.subspan(at, block - at)) ? block : at;
}

void check_unlisted(Bytes segment, Sequence sequence, std::uint32_t salt, SegmentCheck& check) {
  std::size_t at = kSegmentHeaderBytes;
  while (const auto next = next_record(segment, at, sequence, salt)) {
    if (next->offset != at) at = skip_padding(segment, at);
    if (next->offset != at) check.damaged.push_back(static_cast<std::uint32_t>(at));
    check.records.push_back(*next);
    at = std::size_t{next->offset} + next->length;
  }
}

// In the place of a trailer there may also be what lived here before: the right one of another segment, or anything.
bool has_damaged_trailer(Bytes segment, Sequence sequence, std::uint32_t salt) {
  if (segment.size() < kTrailerBytes || sequence_of_trailer(segment, salt)) return false;
  const Bytes trailer = segment.last(kTrailerBytes);
  const std::string_view magic = "LEnd";
  return std::equal(magic.begin(), magic.end(), trailer.begin()) || written_sequence(trailer) == sequence;
}

}  // namespace

SegmentCheck check_segment(std::span<const std::uint8_t> segment, Sequence sequence, std::uint32_t salt,
                           std::uint32_t segment_bytes) {
  SegmentCheck check;
  const bool whole = segment.size() == segment_bytes;
  check.sealed = whole && footer_bytes(segment, sequence, salt).has_value();
  const auto lines = check.sealed ? decode_footer(segment, sequence, salt, segment_bytes) : std::nullopt;
  if (lines) {
    check_listed(segment, *lines, sequence, salt, check);
    return check;
  }
  check_unlisted(segment, sequence, salt, check);
  check.footer_damaged = whole && (check.sealed || has_damaged_trailer(segment, sequence, salt));
  return check;
}

std::optional<Sequence> sequence_of_trailer(std::span<const std::uint8_t> segment, std::uint32_t salt) {
  if (segment.size() < kTrailerBytes) return std::nullopt;
  const Sequence sequence = written_sequence(segment.last(kTrailerBytes));
  return footer_bytes(segment, sequence, salt) ? std::optional(sequence) : std::nullopt;
}

}  // namespace larder::cache

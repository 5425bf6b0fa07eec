#include "cache/segment.h"

#include <algorithm>

#include "arm/crc32c.h"
#include "base/bytes.h"
#include "cache/page_codec.h"

namespace larder::cache {
namespace {

constexpr std::uint32_t kHeaderMagic = 0x6765534c;  // "LSeg"
constexpr std::uint32_t kLastNumber = 0x80000000;
constexpr std::uint32_t kTrailerMagic = 0x646e454c;  // "LEnd"

std::uint32_t checksum(const std::uint8_t* block, std::size_t size, std::uint32_t salt) {
  return arm::crc32c(block + 8, size - 8, salt);
}

// Magic, checksum, sequence: header and trailer begin with these.
void encode_mark(std::uint32_t magic, Sequence sequence, std::uint8_t* to) {
  put_le(to, magic);
  put_le(to + 8, sequence.number);
  put_le(to + 12, sequence.run);
}

std::optional<Sequence> decode_mark(std::uint32_t magic, const std::uint8_t* from, std::size_t size,
                                    std::uint32_t salt) {
  if (get_le<std::uint32_t>(from) != magic || get_le<std::uint32_t>(from + 4) != checksum(from, size, salt))
    return std::nullopt;
  const Sequence sequence{.run = get_le<std::uint32_t>(from + 12), .number = get_le<std::uint32_t>(from + 8)};
  // Numbers beyond are never reached (8 PiB of 4 MiB segments), so adding to one that was read cannot overflow.
  const bool possible = sequence.number >= 1 && sequence.number <= kLastNumber;
  return possible ? std::optional(sequence) : std::nullopt;
}

FooterLine decode_line(const std::uint8_t* from) {
  return {get_le<std::uint64_t>(from), get_le<std::uint32_t>(from + 8), get_le<std::uint32_t>(from + 12)};
}

// Where the next record begins when none begins at `at`: behind padding, which is zeros up to the next block.
std::size_t skip_padding(std::span<const std::uint8_t> segment, std::size_t at) {
  const std::size_t next = std::min(segment.size(), (at + kBlock - 1) / kBlock * kBlock);
  const auto begin = segment.begin() + static_cast<std::ptrdiff_t>(at);
  const auto end = segment.begin() + static_cast<std::ptrdiff_t>(next);
  return std::all_of(begin, end, [](std::uint8_t byte) { return byte == 0; }) ? next : segment.size();
}

}  // namespace

void encode_segment_header(Sequence sequence, std::uint32_t salt, std::uint8_t* to) {
  encode_mark(kHeaderMagic, sequence, to);
  put_le(to + 4, checksum(to, kSegmentHeaderBytes, salt));
}

std::optional<Sequence> decode_segment_header(std::span<const std::uint8_t> bytes, std::uint32_t salt) {
  if (bytes.size() < kSegmentHeaderBytes) return std::nullopt;
  return decode_mark(kHeaderMagic, bytes.data(), kSegmentHeaderBytes, salt);
}

void encode_footer(const FooterLines& lines, Sequence sequence, std::uint32_t salt, std::span<std::uint8_t> segment) {
  std::uint8_t* const trailer = segment.data() + segment.size() - kTrailerBytes;
  const std::size_t table_bytes = lines.size() * kFooterLineBytes;
  std::uint8_t* to = trailer - table_bytes;
  for (const FooterLine& line : lines) {
    put_le(to, line.key_hash);
    put_le(to + 8, line.offset);
    put_le(to + 12, line.length);
    to += kFooterLineBytes;
  }
  encode_mark(kTrailerMagic, sequence, trailer);
  put_le(trailer + 16, static_cast<std::uint32_t>(lines.size()));
  put_le(trailer + 20, arm::crc32c(trailer - table_bytes, table_bytes));
  put_le(trailer + 4, checksum(trailer, kTrailerBytes, salt));
}

std::optional<std::uint32_t> footer_bytes(std::span<const std::uint8_t> tail, Sequence sequence, std::uint32_t salt) {
  if (tail.size() < kTrailerBytes) return std::nullopt;
  const std::uint8_t* const trailer = tail.data() + tail.size() - kTrailerBytes;
  if (decode_mark(kTrailerMagic, trailer, kTrailerBytes, salt) != sequence) return std::nullopt;
  const std::uint64_t bytes = std::uint64_t{get_le<std::uint32_t>(trailer + 16)} * kFooterLineBytes + kTrailerBytes;
  if (bytes > UINT32_MAX) return std::nullopt;
  return static_cast<std::uint32_t>(bytes);
}

std::optional<FooterLines> decode_footer(std::span<const std::uint8_t> tail, Sequence sequence, std::uint32_t salt,
                                         std::uint32_t segment_bytes) {
  const auto bytes = footer_bytes(tail, sequence, salt);
  if (!bytes || *bytes > tail.size() || *bytes > segment_bytes) return std::nullopt;
  const auto table = tail.last(*bytes).first(*bytes - kTrailerBytes);
  const auto crc = get_le<std::uint32_t>(&tail[tail.size() - 4]);
  if (arm::crc32c(table.data(), table.size()) != crc) return std::nullopt;
  FooterLines lines;
  lines.reserve(table.size() / kFooterLineBytes);
  for (std::size_t at = 0; at < table.size(); at += kFooterLineBytes) {
    const FooterLine line = decode_line(&table[at]);
    const std::uint64_t end = std::uint64_t{line.offset} + line.length;
    if (line.offset < kSegmentHeaderBytes || line.length < kRecordHeaderBytes || end > segment_bytes - *bytes)
      return std::nullopt;
    lines.push_back(line);
  }
  return lines;
}

std::optional<FooterLine> line_at(std::span<const std::uint8_t> segment, std::size_t at, Sequence sequence,
                                  std::uint32_t salt) {
  const auto rest = segment.subspan(at);
  const auto offset = static_cast<std::uint32_t>(at);
  if (const auto record = check_record(rest, salt, sequence))
    return FooterLine{record->key_hash, offset, record->length};
  return std::nullopt;
}

FooterLines scan_records(std::span<const std::uint8_t> segment, Sequence sequence, std::uint32_t salt) {
  FooterLines lines;
  std::size_t at = kSegmentHeaderBytes;
  while (at < segment.size()) {
    if (const auto line = line_at(segment, at, sequence, salt)) {
      lines.push_back(*line);
      at += line->length;
    } else if (at % kBlock != 0) {
      at = skip_padding(segment, at);
    } else {
      break;
    }
  }
  return lines;
}

}  // namespace larder::cache

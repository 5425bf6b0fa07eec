#include "cache/open_segment.h"

#include <algorithm>

#include "cache/page_codec.h"

namespace larder::cache {

void OpenSegment::begin(Sequence sequence, std::uint32_t salt) {
  std::fill(buffer_.begin(), buffer_.end(), std::uint8_t{0});
  sequence_ = sequence;
  salt_ = salt;
  written_ = 0;
  sealed_ = false;
  lines_.clear();
  encode_segment_header(sequence, salt, buffer_.data());
  end_ = kSegmentHeaderBytes;
}

bool OpenSegment::has_room(std::uint64_t record_bytes) const {
  const std::uint64_t footer = (lines_.size() + 1) * kFooterLineBytes + kTrailerBytes;
  return end_ + record_bytes + footer <= buffer_.size();
}

bool OpenSegment::could_hold(std::uint64_t record_bytes, std::uint32_t segment_bytes) {
  return kSegmentHeaderBytes + record_bytes + kFooterLineBytes + kTrailerBytes <= segment_bytes;
}

FooterLine OpenSegment::encode(const Page& page, std::uint64_t key_hash) {
  const auto length = static_cast<std::uint32_t>(record_bytes(page));
  const RecordStamp stamp{.salt = salt_, .sequence = sequence_, .key_hash = key_hash};
  encode_record(page, stamp, std::span(buffer_).subspan(end_, length));
  return {.key_hash = key_hash, .offset = end_, .length = length};
}

void OpenSegment::commit(const FooterLine& line) {
  lines_.push_back(line);
  end_ = line.offset + line.length;
}

std::vector<std::uint8_t> OpenSegment::copy(std::uint32_t offset, std::uint32_t length) const {
  const auto begin = buffer_.begin() + static_cast<std::ptrdiff_t>(offset);
  return std::vector<std::uint8_t>(begin, begin + static_cast<std::ptrdiff_t>(length));
}

Result<std::uint64_t> OpenSegment::write_out(Device& device, std::uint64_t start, bool all) {
  if (!all) return write_until(device, start, end_ / kChunk * kChunk);
  // What follows begins on the next block: the one that goes out now is never written again.
  const std::uint64_t padded = (std::uint64_t{end_} + kBlock - 1) / kBlock * kBlock;
  if (padded + lines_.size() * kFooterLineBytes + kTrailerBytes > buffer_.size()) return seal(device, start);
  end_ = static_cast<std::uint32_t>(padded);
  return write_until(device, start, end_);
}

Result<std::uint64_t> OpenSegment::seal(Device& device, std::uint64_t start) {
  encode_footer(lines_, sequence_, salt_, buffer_);
  end_ = static_cast<std::uint32_t>(buffer_.size());
  sealed_ = true;
  return write_until(device, start, end_);
}

Result<std::uint64_t> OpenSegment::write_until(Device& device, std::uint64_t start, std::uint32_t end) {
  std::uint64_t total = 0;
  while (written_ < end) {
    const std::uint32_t chunk_end = std::min(end, written_ / kChunk * kChunk + kChunk);
    const auto bytes = std::span<const std::uint8_t>(buffer_).subspan(written_, chunk_end - written_);
    if (auto done = write_fully(device, start + written_, bytes); !done) return done.error();
    written_ = chunk_end;
    total += bytes.size();
  }
  return total;
}

}  // namespace larder::cache

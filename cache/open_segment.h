// OpenSegment: the one segment that is being written, held in memory until it is full.
//
// Bytes go to the device strictly one after the other: full chunks as records come, what is there up to the next block
// boundary when it has waited long enough. The rest of that block stays zero (padding), so that the block is written
// whole and once. With small pages coming slowly that costs at most a block a second, and the kernel still hands the
// drive large writes, because it gathers them until the segment is synced.
// Threads: none of its own. One thread writes; copy() may run at the same time as the functions that write to the
// device, not as those that change the segment.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "cache/device.h"
#include "cache/geometry.h"
#include "cache/page.h"
#include "cache/segment.h"

namespace larder::cache {

class OpenSegment {
 public:
  explicit OpenSegment(std::uint32_t segment_bytes) : buffer_(segment_bytes) {}

  // Starts anew, with nothing but the header.
  void begin(Sequence sequence, std::uint32_t salt);
  Sequence sequence() const { return sequence_; }

  // Whether a record of so many bytes, its footer line and the trailer still fit.
  bool has_room(std::uint64_t record_bytes) const;
  static bool could_hold(std::uint64_t record_bytes, std::uint32_t segment_bytes);

  // Encodes the page behind what is there; it counts only after commit(), so that both need not be under one lock.
  // The caller has asked has_room().
  FooterLine encode(const Page& page, std::uint64_t key_hash);
  void commit(const FooterLine& line);

  // The bytes of a committed record.
  std::vector<std::uint8_t> copy(std::uint32_t offset, std::uint32_t length) const;

  // Writes the full chunks; with `all` the rest too, up to the next block boundary, which seals the segment when the
  // padding would reach into the footer's place. `start` is where the segment begins on the device. Returns how many
  // bytes went out.
  Result<std::uint64_t> write_out(Device& device, std::uint64_t start, bool all);
  // Adds footer and trailer and writes everything to the last byte.
  Result<std::uint64_t> seal(Device& device, std::uint64_t start);

  bool has_unwritten() const { return end_ > written_; }
  bool sealed() const { return sealed_; }

  static constexpr std::uint32_t kChunk = 128 * 1024;

 private:
  Result<std::uint64_t> write_until(Device& device, std::uint64_t start, std::uint32_t end);

  std::vector<std::uint8_t> buffer_;
  Sequence sequence_;
  std::uint32_t salt_ = 0;
  std::uint32_t end_ = 0;      // of the records, or of the padding behind them
  std::uint32_t written_ = 0;  // a multiple of kBlock
  bool sealed_ = false;
  FooterLines lines_;
};

}  // namespace larder::cache

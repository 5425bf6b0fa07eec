// Superblock, header, footer, trailer and scan of anything, checksums set right half of the time: nothing is read
// beyond the bytes, and what is listed lies inside them.
#include "cache/segment.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "arm/crc32c.h"
#include "base/bytes.h"
#include "cache/segment_check.h"
#include "cache/superblock.h"

namespace {

using namespace larder;
using namespace larder::cache;

constexpr std::uint32_t kSalt = 7;
constexpr Sequence kSequence{.run = 1, .number = 2};

// Makes the end a trailer of this segment, with as many lines as the bytes say.
void set_right(std::vector<std::uint8_t>& bytes) {
  if (bytes.size() < kTrailerBytes + 2) return;
  std::uint8_t* const trailer = &bytes[bytes.size() - kTrailerBytes];
  const std::size_t most = (bytes.size() - kTrailerBytes) / kFooterLineBytes;
  const std::size_t lines = bytes[0] % (most + 1);
  put_le(trailer, std::uint32_t{0x646e454c});
  put_le(trailer + 8, kSequence.number);
  put_le(trailer + 12, kSequence.run);
  put_le(trailer + 16, static_cast<std::uint32_t>(lines));
  put_le(trailer + 20, arm::crc32c(trailer - lines * kFooterLineBytes, lines * kFooterLineBytes));
  put_le(trailer + 4, arm::crc32c(trailer + 8, kTrailerBytes - 8, kSalt));
}

void check_lines(const FooterLines& lines, std::size_t size) {
  for (const FooterLine& line : lines)
    if (std::uint64_t{line.offset} + line.length > size) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::vector<std::uint8_t> bytes(data + 1, data + size);
  if (data[0] & 1) set_right(bytes);
  const auto whole = static_cast<std::uint32_t>(bytes.size());
  (void)decode_segment_header(bytes, kSalt);
  if (const auto lines = decode_footer(bytes, kSequence, kSalt, whole)) check_lines(*lines, bytes.size());
  check_lines(scan_records(bytes, kSequence, kSalt), bytes.size());
  check_lines(check_segment(bytes, kSequence, kSalt, whole).records, bytes.size());
  if (bytes.size() >= kSuperblockBytes && data[0] & 2)
    put_le(&bytes[kSuperblockBytes - 4], arm::crc32c(bytes.data(), kSuperblockBytes - 4));
  const auto superblock = decode_superblock(bytes);
  if (!superblock) return 0;
  const auto again = encode_superblock(*superblock);
  if (!std::equal(again.begin(), again.end(), bytes.begin())) std::abort();
  return 0;
}

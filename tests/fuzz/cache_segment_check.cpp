// A segment with bytes changed at will is checked: what is found right decodes to a page, lies within the segment, and
// nothing is found twice; a ring's view of it never fails in another way than by an error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "cache/open_segment.h"
#include "cache/page_codec.h"
#include "cache/segment_check.h"
#include "tests/cache/memory_device.h"
#include "tests/cache/told_page.h"

namespace {

using namespace larder;
using namespace larder::cache;

constexpr std::uint32_t kBytes = 32 * 1024, kSalt = 7;
constexpr Sequence kSequence{.run = 1, .number = 1};

void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<std::uint8_t> make_segment(bool sealed) {
  auto medium = std::make_shared<Medium>();
  MemoryDevice device(medium);
  OpenSegment segment(kBytes);
  segment.begin(kSequence, kSalt);
  for (std::uint64_t i = 1; i <= 12; ++i) {
    const auto page = told_page("http://pi/" + std::to_string(i), i, 300 + i * 130);
    segment.commit(segment.encode(*page, i));
    if (i == 5) require(segment.write_out(device, 0, true).ok());
  }
  require((sealed ? segment.seal(device, 0) : segment.write_out(device, 0, true)).ok());
  return medium->bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::uint8_t> kSealed = make_segment(true), kOpen = make_segment(false);
  if (size == 0) return 0;
  std::vector<std::uint8_t> segment = data[0] % 2 == 0 ? kSealed : kOpen;
  ++data, --size;
  // Edits of "place:2 length:1 bytes"; the rest stays, so that most checksums are right.
  while (size >= 3) {
    const std::size_t at = get_le<std::uint16_t>(data) % (segment.size() + 1);
    const std::size_t length = std::min<std::size_t>(data[2], size - 3);
    if (length == 255) segment.resize(std::min(segment.size(), at + 1));
    for (std::size_t i = 0; i < length && at + i < segment.size(); ++i) segment[at + i] = data[3 + i];
    data += 3 + length;
    size -= 3 + length;
  }
  const SegmentCheck check = check_segment(segment, kSequence, kSalt, kBytes);
  for (const FooterLine& line : check.records) {
    require(std::uint64_t{line.offset} + line.length <= segment.size());
    const auto record = std::span(segment).subspan(line.offset, line.length);
    const RecordStamp stamp{.salt = kSalt, .sequence = kSequence, .key_hash = line.key_hash};
    (void)decode_record(record, stamp, record_key(record));
  }
  for (const std::uint32_t at : check.damaged) require(at < kBytes);
  (void)sequence_of_trailer(segment, kSalt);
  return 0;
}

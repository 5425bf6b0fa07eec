// Whatever a Range field asks for, what is sent lies within the file, in order, without overlap. The first eight bytes
// of the input are the size of the file.
#include "server/byte_range.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/bytes.h"

using namespace larder::server;

namespace {

void promise(bool kept) {
  if (!kept) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 8) return 0;
  const auto file_size = larder::get_le<std::uint64_t>(data) >> 1;  // files have signed sizes
  const RangeSet set = parse_byte_ranges({reinterpret_cast<const char*>(data) + 8, size - 8}, file_size);
  promise(set.ranges.size() <= kMaxRanges);
  promise(set.kind != RangeSet::Kind::partial || !set.ranges.empty());
  std::uint64_t sent_to = 0;
  if (set.kind != RangeSet::Kind::partial) return 0;
  for (const ByteRange& range : set.ranges) {
    promise(range.length > 0 && range.offset >= sent_to);
    promise(range.length <= file_size && range.offset <= file_size - range.length);
    sent_to = range.offset + range.length;
  }
  return 0;
}

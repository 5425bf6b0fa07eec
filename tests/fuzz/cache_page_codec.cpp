// Records made of anything, their checksums set right half of the time: nothing is read beyond them, and what decodes
// is what would be written again.
#include "cache/page_codec.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "arm/crc32c.h"
#include "base/bytes.h"

namespace {

using namespace larder;
using namespace larder::cache;

constexpr RecordStamp kStamp{.salt = 7, .sequence = {.run = 1, .number = 2}, .key_hash = 3};

void set_right(std::vector<std::uint8_t>& bytes) {
  if (bytes.size() < kRecordHeaderBytes) return;
  put_le(&bytes[0], std::uint32_t{0x6365524c});
  put_le(&bytes[8], kStamp.sequence.number);
  put_le(&bytes[12], kStamp.sequence.run);
  put_le(&bytes[16], kStamp.key_hash);
  put_le(&bytes[24], arm::crc32c(bytes.data() + kRecordHeaderBytes, bytes.size() - kRecordHeaderBytes));
  if (bytes[28] & 0x80) {  // one body, of what is left; else they are as they are
    const std::uint32_t before = get_le<std::uint32_t>(&bytes[32]) + get_le<std::uint32_t>(&bytes[36]);
    const auto left = static_cast<std::uint32_t>(bytes.size() - kRecordHeaderBytes) - before;
    put_le(&bytes[28], std::uint32_t{1});
    for (const std::size_t at : {40U, 68U, 72U}) put_le(&bytes[at], std::uint32_t{0});
    for (const std::size_t at : {64U, 76U}) put_le(&bytes[at], left);
  }
  put_le(&bytes[4], arm::crc32c(&bytes[8], kRecordHeaderBytes - 8, kStamp.salt));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::vector<std::uint8_t> bytes(data + 1, data + size);
  if (data[0] & 1) set_right(bytes);
  const std::size_t key_bytes = data[0] >> 1;
  std::string key;
  for (std::size_t i = kRecordHeaderBytes; i < bytes.size() && key.size() < key_bytes; ++i)
    key.push_back(static_cast<char>(bytes[i]));
  if (data[0] & 1 && bytes.size() >= kRecordHeaderBytes) {
    put_le(&bytes[32], static_cast<std::uint32_t>(key.size()));
    set_right(bytes);
  }
  const auto summary = check_record(bytes, kStamp.salt, kStamp.sequence);
  if (summary && summary->length > bytes.size()) std::abort();
  const auto page = decode_record(bytes, kStamp, key);
  if (!page) return 0;
  std::vector<std::uint8_t> again(record_bytes(*page));
  encode_record(*page, kStamp, again);
  if (again != bytes) std::abort();
  return 0;
}

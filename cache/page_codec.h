// PageCodec: a page as a record of the ring and back; byte grammar in FORMAT.md. Pure.
//
// Decoding trusts nothing: every length is checked against the bytes at hand before it is used, and a page comes out
// only when both checksums, the segment's sequence and the whole key are right.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cache/geometry.h"
#include "cache/page.h"

namespace larder::cache {

inline constexpr std::size_t kRecordHeaderBytes = 80;

// Where a record belongs; `salt` is Superblock::salt().
struct RecordStamp {
  std::uint32_t salt = 0;
  Sequence sequence;
  std::uint64_t key_hash = 0;
};

// Bytes that the page takes as a record.
std::uint64_t record_bytes(const Page& page);

// `to` holds exactly record_bytes(page), which must fit 32 bits.
void encode_record(const Page& page, const RecordStamp& stamp, std::span<std::uint8_t> to);

// What the record that begins the bytes says about itself, once both its checksums are right; the bytes may go on
// behind it.
struct RecordSummary {
  std::uint64_t key_hash = 0;
  std::uint32_t length = 0;
};
std::optional<RecordSummary> check_record(std::span<const std::uint8_t> bytes, std::uint32_t salt, Sequence sequence);

// The key in a record that check_record() found right.
std::string record_key(std::span<const std::uint8_t> bytes);

// The page in exactly these bytes, or nullptr.
std::shared_ptr<Page> decode_record(std::span<const std::uint8_t> bytes, const RecordStamp& stamp,
                                    std::string_view key);

}  // namespace larder::cache

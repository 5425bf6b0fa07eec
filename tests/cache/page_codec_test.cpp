#include "cache/page_codec.h"

#include <vector>

#include "arm/crc32c.h"
#include "base/bytes.h"
#include "tests/cache/told_page.h"
#include "tests/support/catch.h"

namespace larder::cache {
namespace {

const std::string kKey = "https://pi.example/a?b=c";
const RecordStamp kStamp{.salt = 0x12345678, .sequence = {.run = 3, .number = 17}, .key_hash = 0x1122334455667788};

std::vector<std::uint8_t> encoded(const Page& page, const RecordStamp& stamp = kStamp) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(record_bytes(page)));
  encode_record(page, stamp, bytes);
  return bytes;
}

// As a forger would who knows the salt: checksums are right again.
void mend_checksums(std::vector<std::uint8_t>& bytes) {
  put_le(&bytes[24], arm::crc32c(bytes.data() + kRecordHeaderBytes, bytes.size() - kRecordHeaderBytes));
  put_le(&bytes[4], arm::crc32c(&bytes[8], kRecordHeaderBytes - 8, kStamp.salt));
}

TEST_CASE("A page comes back as it was") {
  for (std::uint64_t version = 1; version < 22; ++version) {
    const auto page = told_page(kKey, version, version * 100, 1'000'000'000'000 + 7, 12345);
    const auto back = decode_record(encoded(*page), kStamp, kKey);
    REQUIRE(back);
    CHECK(same_answer(*back, *page));
    CHECK(back->created == page->created);
    CHECK(back->lifetime == 12345);
  }
}

TEST_CASE("A page without fields and body comes back too") {
  Page page;
  page.key = kKey;
  page.created = -5;
  const auto back = decode_record(encoded(page), kStamp, kKey);
  REQUIRE(back);
  CHECK(same_answer(*back, page));
  CHECK(back->created == -5);
}

TEST_CASE("A page comes back in whatever codings it is held, with the one it came in") {
  for (unsigned present = 1; present < 8; ++present) {
    for (const Coding original : kCodings) {
      const auto page = told_page(kKey, present, 100);
      Bodies bodies(original, 100);
      const Body texts[] = {page->bodies.in(Coding::identity), std::make_shared<const std::string>("as gzip"),
                            std::make_shared<const std::string>("as br")};
      for (std::size_t i = 0; i < kCodings.size(); ++i)
        if (present >> i & 1U) bodies.set(kCodings[i], texts[i]);
      page->bodies = bodies;
      const auto back = decode_record(encoded(*page), kStamp, kKey);
      REQUIRE(back);
      CHECK(same_answer(*back, *page));
      CHECK(back->bodies.identity_bytes() == 100);
      CHECK(back->bodies.original() == original);
    }
  }
}

TEST_CASE("A record is found at the start of more bytes, a page is not") {
  auto bytes = encoded(*told_page(kKey, 1, 100));
  const auto size = bytes.size();
  bytes.resize(size + 50, 0xaa);
  const auto summary = check_record(bytes, kStamp.salt, kStamp.sequence);
  REQUIRE(summary);
  CHECK(summary->length == size);
  CHECK(summary->key_hash == kStamp.key_hash);
  CHECK(decode_record(bytes, kStamp, kKey) == nullptr);
}

TEST_CASE("A record of another ring, run, segment, hash or key is not the page") {
  const auto bytes = encoded(*told_page(kKey, 1, 100));
  auto stamp = kStamp;
  SECTION("ring") { stamp.salt ^= 1; }
  SECTION("run") { stamp.sequence.run ^= 1; }
  SECTION("segment") { stamp.sequence.number ^= 1; }
  SECTION("hash") { stamp.key_hash ^= 1; }
  SECTION("key") {
    CHECK(decode_record(bytes, kStamp, kKey + "x") == nullptr);
    CHECK(decode_record(bytes, kStamp, "") == nullptr);
    CHECK(decode_record(bytes, kStamp, "https://pi.example/a?b=d") == nullptr);
    return;
  }
  CHECK(decode_record(bytes, stamp, kKey) == nullptr);
}

TEST_CASE("A record cut off anywhere is nothing") {
  const auto bytes = encoded(*told_page(kKey, 3, 300));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<std::uint8_t> prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    REQUIRE(decode_record(prefix, kStamp, kKey) == nullptr);
    REQUIRE_FALSE(check_record(prefix, kStamp.salt, kStamp.sequence));
  }
}

TEST_CASE("A record with any one bit flipped is nothing") {
  auto bytes = encoded(*told_page(kKey, 3, 200));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1U << bit % 8);
    REQUIRE(decode_record(bytes, kStamp, kKey) == nullptr);
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1U << bit % 8);
  }
  CHECK(decode_record(bytes, kStamp, kKey));
}

TEST_CASE("Lengths that lie under right checksums are nothing") {
  const auto good = encoded(*told_page(kKey, 3, 200));
  // Key, tags, head; the bodies' three and what they decode to; the first field's two.
  const std::size_t at = GENERATE(32U, 36U, 40U, 64U, 68U, 72U, 76U, 80U + 24, 80U + 28);
  for (const std::uint32_t lie : {0U, 1U, 7U, 8U, 0x7fffffffU, 0x80000000U, 0xfffffff8U, 0xffffffffU}) {
    auto bytes = good;
    if (get_le<std::uint32_t>(&bytes[at]) == lie) continue;
    put_le(&bytes[at], lie);
    mend_checksums(bytes);
    const auto page = decode_record(bytes, kStamp, kKey);
    // Two fields' bytes may be cut elsewhere and still be fields; never may anything be read beyond them.
    if (at < 80 || lie >= 0x7fffffffU) CHECK(page == nullptr);
  }
}

TEST_CASE("Values that no page has are refused under right checksums") {
  auto bytes = encoded(*told_page(kKey, 3, 200));
  SECTION("unknown flags") { put_le(&bytes[28], 0x21U); }
  SECTION("no body") {
    put_le(&bytes[28], 0U);
    put_le(&bytes[64], 0U);
    bytes.resize(bytes.size() - 200);
  }
  SECTION("a body that is not there has a length") { put_le(&bytes[28], 2U); }
  SECTION("original in no known coding") { put_le(&bytes[28], 0x19U); }
  SECTION("identity of two lengths") { put_le(&bytes[76], 199U); }
  SECTION("status") { put_le(&bytes[44], 99U); }
  SECTION("huge status") { put_le(&bytes[44], 0x80000000U); }
  SECTION("created") { put_le(&bytes[48], INT64_MIN); }
  SECTION("negative lifetime") { put_le(&bytes[56], std::int64_t{-1}); }
  SECTION("endless lifetime") { put_le(&bytes[56], INT64_MAX); }
  mend_checksums(bytes);
  CHECK(decode_record(bytes, kStamp, kKey) == nullptr);
}

}  // namespace
}  // namespace larder::cache

#include "cache/segment.h"

#include "base/bytes.h"
#include "cache/open_segment.h"
#include "cache/page_codec.h"
#include "tests/cache/memory_device.h"
#include "tests/cache/told_page.h"
#include "tests/support/catch.h"

namespace larder::cache {
namespace {

constexpr Sequence kSequence{.run = 2, .number = 7};
constexpr std::uint32_t kSalt = 99, kBytes = 64 * 1024;

struct Written {
  explicit Written(std::uint32_t bytes = kBytes) : segment(bytes) { segment.begin(kSequence, kSalt); }
  void add(std::uint64_t version, std::uint64_t size = 1000) {
    const auto page = told_page("k", version, size);
    REQUIRE(segment.has_room(record_bytes(*page)));
    segment.commit(segment.encode(*page, version));
  }
  void write_out(bool all) { REQUIRE(segment.write_out(device, 0, all)); }
  void seal() { REQUIRE(segment.seal(device, 0)); }
  FooterLines scan() { return scan_records(medium->bytes, kSequence, kSalt); }
  std::vector<std::uint64_t> versions(const FooterLines& lines) {
    std::vector<std::uint64_t> hashes;
    for (const auto& line : lines) hashes.push_back(line.key_hash);
    return hashes;
  }
  std::vector<std::uint64_t> scanned() { return versions(scan()); }

  std::shared_ptr<Medium> medium = std::make_shared<Medium>();
  MemoryDevice device{medium};
  OpenSegment segment;
};
using Numbers = std::vector<std::uint64_t>;

TEST_CASE("A sealed segment is written to its last byte and listed by its footer") {
  Written written;
  for (std::uint64_t i = 1; i <= 20; ++i) written.add(i);
  written.seal();
  REQUIRE(written.medium->bytes.size() == kBytes);
  const auto lines = decode_footer(written.medium->bytes, kSequence, kSalt, kBytes);
  REQUIRE(lines);
  CHECK(lines->size() == 20);
  CHECK(*lines == written.scan());
}

TEST_CASE("A segment without records can be sealed too") {
  Written written;
  written.seal();
  const auto lines = decode_footer(written.medium->bytes, kSequence, kSalt, kBytes);
  REQUIRE(lines);
  CHECK(lines->empty());
}

TEST_CASE("Every byte is written once, in order, on block boundaries") {
  Written written;
  std::uint64_t version = 0;
  while (written.segment.has_room(1200)) {
    ++version;
    written.add(version, 1 + version * 37 % 1000);
    if (version % 3 == 0) written.write_out(true);
    if (version % 5 == 0) written.write_out(false);
    if (written.segment.sealed()) break;
  }
  if (!written.segment.sealed()) written.seal();
  std::uint64_t end = 0;
  for (const auto& write : written.medium->writes) {
    CHECK(write.offset == end);
    CHECK(write.offset % kBlock == 0);
    CHECK(write.size % kBlock == 0);
    end = write.offset + write.size;
  }
  CHECK(end == kBytes);
  const auto lines = decode_footer(written.medium->bytes, kSequence, kSalt, kBytes);
  REQUIRE(lines);
  CHECK(lines->size() == version);
  CHECK(*lines == written.scan());
}

TEST_CASE("Without haste only full chunks are written") {
  Written written(512 * 1024);
  for (std::uint64_t i = 1; i <= 100; ++i) {
    written.add(i);
    written.write_out(false);
  }
  CHECK(written.medium->bytes.empty());
  for (std::uint64_t i = 101; i <= 300; ++i) {
    written.add(i);
    written.write_out(false);
  }
  REQUIRE(written.medium->writes.size() == 2);
  for (const auto& write : written.medium->writes) CHECK(write.size == OpenSegment::kChunk);
}

TEST_CASE("Writing out when little room is left seals the segment instead of writing into the footer's place") {
  Written written(kMinSegmentBytes);
  std::uint64_t version = 0;
  while (written.segment.has_room(400)) written.add(++version, 1);
  REQUIRE_FALSE(written.segment.sealed());
  written.write_out(true);
  CHECK(written.segment.sealed());
  CHECK(decode_footer(written.medium->bytes, kSequence, kSalt, kMinSegmentBytes)->size() == version);
}

TEST_CASE("A scan skips padding and stops at what is not right") {
  Written written;
  written.add(1);
  written.write_out(true);
  written.add(2);
  written.add(3);
  written.write_out(true);
  written.add(4);
  written.write_out(true);
  REQUIRE(written.scanned() == Numbers{1, 2, 3, 4});
  SECTION("padding that is not zero") {
    written.medium->bytes[4000] = 1;
    CHECK(written.scanned() == Numbers{1});
  }
  SECTION("a damaged record") {
    written.medium->bytes[4096 + 100] ^= 1;
    CHECK(written.scanned() == Numbers{1});
  }
  SECTION("a record of an earlier run behind the end") {
    Written other;
    other.segment.begin({.run = 1, .number = 7}, kSalt);
    for (std::uint64_t i = 1; i <= 8; ++i) {
      other.add(i);
      other.write_out(true);
    }
    const auto end = static_cast<std::ptrdiff_t>(written.medium->bytes.size());
    written.medium->bytes.insert(written.medium->bytes.end(), other.medium->bytes.begin() + end,
                                 other.medium->bytes.end());
    CHECK(written.scanned() == Numbers{1, 2, 3, 4});
  }
  SECTION("the end of the file in a record") {
    written.medium->bytes.resize(4096 + 1500);
    CHECK(written.scanned() == Numbers{1, 2});
  }
}

TEST_CASE("A header is read back, and refused when anything in it is wrong") {
  std::vector<std::uint8_t> bytes(kSegmentHeaderBytes);
  encode_segment_header(kSequence, kSalt, bytes.data());
  CHECK(decode_segment_header(bytes, kSalt) == kSequence);
  CHECK_FALSE(decode_segment_header(bytes, kSalt + 1));
  CHECK_FALSE(decode_segment_header(std::span(bytes).first(15), kSalt));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1U << bit % 8);
    CHECK_FALSE(decode_segment_header(flipped, kSalt));
  }
  encode_segment_header({.run = 1, .number = 0}, kSalt, bytes.data());
  CHECK_FALSE(decode_segment_header(bytes, kSalt));
  encode_segment_header({.run = 1, .number = 0xfffffff0}, kSalt, bytes.data());
  CHECK_FALSE(decode_segment_header(bytes, kSalt));
}

TEST_CASE("A footer with any one bit flipped is none") {
  Written written;
  for (std::uint64_t i = 1; i <= 5; ++i) written.add(i);
  written.seal();
  auto& bytes = written.medium->bytes;
  const std::size_t footer = 5 * kFooterLineBytes + kTrailerBytes;
  for (std::size_t bit = (kBytes - footer) * 8; bit < std::size_t{kBytes} * 8; ++bit) {
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1U << bit % 8);
    REQUIRE_FALSE(decode_footer(bytes, kSequence, kSalt, kBytes));
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1U << bit % 8);
  }
  CHECK_FALSE(decode_footer(bytes, {.run = 3, .number = 7}, kSalt, kBytes));
  CHECK_FALSE(decode_footer(std::span(bytes).last(footer - 1), kSequence, kSalt, kBytes));
  CHECK(decode_footer(std::span(bytes).last(footer), kSequence, kSalt, kBytes));
}

TEST_CASE("A footer that points outside the records is none, though its checksums are right") {
  const FooterLine line =
      GENERATE(FooterLine{1, 0, 100}, FooterLine{1, 16, 63}, FooterLine{1, 16, kBytes}, FooterLine{1, 0xfffffff0, 100},
               FooterLine{1, 100, 0xffffffff}, FooterLine{1, kBytes - 60, 64});
  std::vector<std::uint8_t> bytes(kBytes);
  encode_footer({line}, kSequence, kSalt, bytes);
  CHECK_FALSE(decode_footer(bytes, kSequence, kSalt, kBytes));
}

}  // namespace
}  // namespace larder::cache

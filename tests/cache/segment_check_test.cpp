#include "cache/segment_check.h"

#include <algorithm>
#include <set>

#include "cache/page_codec.h"
#include "tests/cache/ring_fixture.h"

using namespace larder;
using namespace larder::cache;

namespace {

constexpr std::uint32_t kBytes = RingFixture::kTiny.segment_bytes;

struct WrittenSegment {
  explicit WrittenSegment(bool sealed) {
    for (std::uint64_t version = 1; version <= 6; ++version) {
      ring.put("page " + std::to_string(version), version, 700);
      if (version == 3) REQUIRE(ring.ring->write_out().ok());  // padding behind it
    }
    REQUIRE(ring.ring->write_out().ok());
    const Superblock superblock = **load_superblock(*std::make_unique<MemoryDevice>(ring.medium));
    salt = superblock.salt();
    if (sealed) ring.fill_segments(1);
    bytes.assign(ring.medium->bytes.begin() + kBytes,
                 ring.medium->bytes.begin() +
                     std::min<std::ptrdiff_t>(std::ptrdiff_t{2} * kBytes, std::ssize(ring.medium->bytes)));
  }
  SegmentCheck check() const { return check_segment(bytes, sequence, salt, kBytes); }

  RingFixture ring;
  std::vector<std::uint8_t> bytes;
  std::uint32_t salt = 0;
  const Sequence sequence{.run = 1, .number = 1};
};

// What a check says apart from how many records are right.
bool is_clean(const SegmentCheck& check) { return check.damaged.empty() && !check.footer_damaged; }

// Which bytes of the segment are somebody's: not padding, not unused.
std::set<std::size_t> used_bytes(const WrittenSegment& segment) {
  std::set<std::size_t> used;
  const auto check = segment.check();
  for (const FooterLine& line : check.records)
    for (std::uint32_t i = 0; i < line.length; ++i) used.insert(line.offset + i);
  const auto footer = footer_bytes(segment.bytes, segment.sequence, segment.salt).value_or(0);
  for (std::size_t i = 1; i <= footer; ++i) used.insert(segment.bytes.size() - i);
  return used;
}

}  // namespace

TEST_CASE("all records of a segment that was written to its end are right") {
  WrittenSegment segment(true);
  const auto check = segment.check();
  CHECK(check.sealed);
  CHECK(is_clean(check));
  CHECK(check.records.size() > 6);
}

TEST_CASE("a segment that was left at a stop is right as far as it goes, padding and what lived there before too") {
  WrittenSegment segment(false);
  CHECK(segment.check().records.size() == 6);
  CHECK_FALSE(segment.check().sealed);
  CHECK(is_clean(segment.check()));
  // Behind it the end of a segment of an earlier lap.
  WrittenSegment older(true);
  segment.bytes.resize(kBytes);
  std::copy(older.bytes.end() - 8192, older.bytes.end(), segment.bytes.end() - 8192);
  CHECK(segment.check().records.size() == 6);
  CHECK(segment.check().damaged.empty());
}

TEST_CASE("a segment shorter than a trailer holds nothing, and is not read beyond its end") {
  const WrittenSegment segment(true);
  for (std::uint32_t bytes = 0; bytes < kTrailerBytes; ++bytes) {
    INFO(bytes << " bytes");
    const std::vector<std::uint8_t> rest(segment.bytes.end() - bytes, segment.bytes.end());
    const auto check = check_segment(rest, segment.sequence, segment.salt, bytes);
    CHECK(check.records.empty());
    CHECK_FALSE(check.sealed);
    CHECK(is_clean(check));
  }
}

TEST_CASE("whichever byte of a written segment is changed, it is told") {
  WrittenSegment segment(true);
  const std::size_t records = segment.check().records.size();
  for (const std::size_t at : used_bytes(segment)) {
    INFO("byte " << at);
    segment.bytes[at] ^= 0x10;
    const auto check = segment.check();
    CHECK_FALSE(is_clean(check));
    CHECK(check.records.size() + check.damaged.size() >= records - 1);  // the rest is found
    segment.bytes[at] ^= 0x10;
  }
  CHECK(is_clean(segment.check()));
}

TEST_CASE("damage before the last record of a segment without an end is told from where it was left") {
  WrittenSegment segment(false);
  const auto lines = segment.check().records;
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    segment.bytes[lines[i].offset + 70] ^= 1;
    const auto check = segment.check();
    CHECK(check.records.size() == lines.size() - 1);
    CHECK(check.damaged == std::vector<std::uint32_t>{lines[i].offset});
    segment.bytes[lines[i].offset + 70] ^= 1;
  }
  // The last one may have been torn by the stop.
  segment.bytes[lines.back().offset + 70] ^= 1;
  CHECK(is_clean(segment.check()));
  CHECK(segment.check().records.size() == lines.size() - 1);
}

TEST_CASE("a file that ends within the segment hides what lies behind and nothing else") {
  WrittenSegment segment(true);
  const auto all = segment.check().records;
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{5000}, segment.bytes.size() - 1}) {
    WrittenSegment cut(true);
    cut.bytes.resize(size);
    const auto check = cut.check();
    CHECK(is_clean(check));
    CHECK_FALSE(check.sealed);
    for (const FooterLine& line : check.records) CHECK(line.offset + line.length <= size);
  }
}

TEST_CASE("a segment of another run is not this one") {
  WrittenSegment segment(true);
  CHECK(check_segment(segment.bytes, {.run = 2, .number = 1}, segment.salt, kBytes).records.empty());
  CHECK(check_segment(segment.bytes, segment.sequence, segment.salt + 1, kBytes).records.empty());
  CHECK(sequence_of_trailer(segment.bytes, segment.salt) == segment.sequence);
  CHECK_FALSE(sequence_of_trailer(segment.bytes, segment.salt + 1));
  CHECK_FALSE(sequence_of_trailer({}, segment.salt));
}

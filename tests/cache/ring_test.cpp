#include "cache/ring.h"

#include "cache/page_codec.h"

#include "tests/cache/ring_fixture.h"

namespace larder::cache {
namespace {

TEST_CASE("What was appended is read at once, and after it was written") {
  RingFixture f;
  f.put("a", 1);
  CHECK(f.version("a") == 1);
  CHECK(f.medium->writes.size() == 2);  // superblocks only: it came from memory
  REQUIRE(f.ring->write_out());
  CHECK(f.version("a") == 1);
  f.fill_segments(2);
  CHECK(f.version("a") == 1);
  CHECK(f.get("b") == nullptr);
  CHECK(f.counters.get(Counter::ring_damaged) == 0);
}

TEST_CASE("The newest record of a key counts, and none after it was forgotten") {
  RingFixture f;
  f.put("a", 1);
  f.put("a", 2);
  CHECK(f.version("a") == 2);
  f.remove("a");
  CHECK(f.get("a") == nullptr);
  CHECK(f.ring->pages() == 0);
}

TEST_CASE("An appended record that is not published is not found") {
  RingFixture f;
  const auto page = told_page("a", 1, 100);
  REQUIRE(f.ring->append(*page, f.ring->hash("a")));
  CHECK(f.get("a") == nullptr);
}

TEST_CASE("The ring is overwritten segment by segment, oldest first") {
  RingFixture f;
  f.put("a", 1);
  f.fill_segments(1);
  f.put("b", 1);
  f.fill_segments(2);
  CHECK(f.version("a") == 1);
  f.fill_segments(1);
  CHECK(f.get("a") == nullptr);
  f.fill_segments(2);
  CHECK(f.get("b") == nullptr);
  CHECK(f.counters.get(Counter::ring_damaged) == 0);
  f.put("a", 2);
  CHECK(f.version("a") == 2);
}

TEST_CASE("The file grows by segments on its first lap and not after it") {
  RingFixture f;
  const std::uint64_t full = f.geometry.offset_of(f.geometry.segment_count - 1) + f.geometry.segment_bytes;
  f.fill_segments(1);
  CHECK(f.medium->bytes.size() < full / 2);
  f.fill_segments(20);
  CHECK(f.medium->bytes.size() == full);
}

TEST_CASE("Writes follow one another through whole laps; no byte is written twice in one") {
  RingFixture f;
  for (int i = 0; i < 600; ++i) {
    f.put("k" + std::to_string(i % 50), static_cast<std::uint64_t>(i) + 1, 100 + static_cast<unsigned>(i * 97 % 1500));
    if (i % 7 == 0) REQUIRE(f.ring->write_out());
  }
  std::uint64_t expected = f.geometry.offset_of(0);
  const std::uint64_t wrap = f.geometry.offset_of(f.geometry.segment_count);
  for (const auto& write : f.medium->writes) {
    if (write.offset < f.geometry.offset_of(0)) continue;  // superblock
    REQUIRE(write.offset == expected);
    expected = write.offset + write.size;
    if (expected == wrap) expected = f.geometry.offset_of(0);
  }
}

TEST_CASE("Bytes written are hardly more than the records'") {
  RingFixture f(Geometry{.segment_bytes = 4 << 20, .segment_count = 3});
  std::uint64_t records = 0;
  for (std::uint64_t i = 0; i < 4'000; ++i) {
    const auto page = told_page("k" + std::to_string(i), i + 1, 5'000 + i * 7919 % 20'000);
    records += record_bytes(*page);
    REQUIRE(f.try_put(*page));
    if (i % 6 == 5) REQUIRE(f.ring->write_out());  // one second of a Pi's rendering
  }
  REQUIRE(records > 4 * f.geometry.bytes());
  const auto written = static_cast<double>(f.counters.get(Counter::ring_written_bytes));
  CHECK(written / static_cast<double>(records) <= 1.10);
}

TEST_CASE("A page larger than a segment does not fit") {
  RingFixture f;
  CHECK(f.ring->fits(*told_page("a", 1, 30'000)));
  CHECK_FALSE(f.ring->fits(*told_page("a", 1, 32'768)));
  for (std::uint64_t i = 1; i < 10; ++i) f.put("a", i, 32'400);
  CHECK(f.version("a") == 9);
}

TEST_CASE("A ring of fewer than two segments, or of odd ones, is refused") {
  RingFixture f;
  f.geometry =
      GENERATE(Geometry{32 * 1024, 1}, Geometry{32 * 1024, 0}, Geometry{1000, 8}, Geometry{20'000, 8}, Geometry{0, 0});
  CHECK_FALSE(f.try_open());
}

TEST_CASE("A drive that cannot be read when the ring is opened is an error") {
  RingFixture f;
  f.ring.reset();
  f.medium->read_error = EIO;
  CHECK_FALSE(f.try_open());
}

}  // namespace
}  // namespace larder::cache

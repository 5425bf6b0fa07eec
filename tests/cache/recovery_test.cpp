#include "cache/recovery.h"

#include "base/bytes.h"
#include "tests/cache/ring_fixture.h"

namespace larder::cache {
namespace {

TEST_CASE("After a clean stop everything is there, fresh as before") {
  RingFixture f;
  for (std::uint64_t i = 1; i <= 100; ++i) f.put("k" + std::to_string(i), i);
  f.restart();
  for (std::uint64_t i = 1; i <= 100; ++i) CHECK(f.version("k" + std::to_string(i)) == i);
  CHECK(f.get("k1")->lifetime == 600);
  CHECK(f.counters.get(Counter::ring_pages_recovered) == 100);
  CHECK(f.reports.empty());
}

TEST_CASE("After a crash everything is there that was written out") {
  RingFixture f;
  for (std::uint64_t i = 1; i <= 100; ++i) f.put("k" + std::to_string(i), i);
  REQUIRE(f.ring->write_out());
  f.put("late", 1);
  f.crash();
  for (std::uint64_t i = 1; i <= 100; ++i) CHECK(f.version("k" + std::to_string(i)) == i);
  CHECK(f.get("late") == nullptr);
}

TEST_CASE("After a crash pages are fresh for five minutes more at most") {
  RingFixture f;
  f.put("a", 1);
  REQUIRE(f.ring->write_out());
  f.clock.advance(100'000);
  f.crash();
  REQUIRE(f.get("a"));
  CHECK(f.get("a")->lifetime == 400);
  CHECK(f.get("a")->fresh_at(f.clock.wall() + 299'000));
  CHECK_FALSE(f.get("a")->fresh_at(f.clock.wall() + 300'000));
  SECTION("also after a clean stop later") {
    f.clock.advance(50'000);
    f.restart();
    CHECK(f.get("a")->lifetime == 400);
    f.put("b", 1);
    f.restart();
    CHECK(f.get("a")->lifetime == 400);
    CHECK(f.get("b")->lifetime == 600);
  }
  SECTION("but pages of the new run are not touched") {
    f.put("a", 2);
    CHECK(f.get("a")->lifetime == 600);
  }
  SECTION("and what was old already stays old") {
    f.clock.advance(1'000'000);
    f.crash();
    CHECK_FALSE(f.get("a")->fresh_at(f.clock.wall()));
    CHECK(f.get("a")->lifetime == 600);
  }
}

TEST_CASE("The newest of several records is recovered, whatever segment it is in") {
  RingFixture f;
  f.put("a", 1);
  f.put("b", 1);
  f.put("b", 2);
  f.fill_segments(1);
  f.put("a", 2);
  f.fill_segments(1);
  f.restart();
  CHECK(f.version("a") == 2);
  CHECK(f.version("b") == 2);
}

TEST_CASE("A page put or removed while recovering wins over what is recovered") {
  RingFixture f;
  for (const std::string key : {"kept", "replaced", "removed", "both"}) f.put(key, 1);
  f.fill_segments(2);
  REQUIRE(f.ring->close());
  REQUIRE(f.try_open());
  const int steps = GENERATE(0, 1, 2);
  REQUIRE(f.ring->recover_step());  // headers: from here on the ring can be written
  REQUIRE(f.ring->writable());
  for (int i = 0; i < steps; ++i) REQUIRE(f.ring->recover_step());
  REQUIRE(f.ring->recovering());
  f.put("replaced", 2);
  f.put("both", 2);
  f.remove("both");
  f.remove("removed");
  f.recover();
  CHECK(f.version("kept") == 1);
  CHECK(f.version("replaced") == 2);
  CHECK(f.get("removed") == nullptr);
  CHECK(f.get("both") == nullptr);
}

TEST_CASE("A segment that is overwritten while recovering brings nothing back") {
  RingFixture f;
  f.put("old", 1);
  f.fill_segments(3);
  REQUIRE(f.ring->close());
  REQUIRE(f.try_open());
  REQUIRE(f.ring->recover_step());
  f.fill_segments(3);
  f.recover();
  CHECK(f.get("old") == nullptr);
  CHECK(f.counters.get(Counter::ring_damaged) == 0);
}

TEST_CASE("The segment that was open at a crash is not written again") {
  RingFixture f;
  f.put("a", 1);
  REQUIRE(f.ring->write_out());
  const std::uint64_t end = f.medium->bytes.size();
  f.crash();
  f.medium->writes.clear();
  f.put("b", 1);
  REQUIRE(f.ring->write_out());
  for (const auto& write : f.medium->writes)
    CHECK((write.offset < f.geometry.offset_of(0) || write.offset >= std::max(end, f.geometry.offset_of(1))));
  f.crash();
  CHECK(f.version("a") == 1);
  CHECK(f.version("b") == 1);
}

TEST_CASE("What a crashed run left behind never passes for this run's") {
  // The header of run 1's segment is lost, its records are not; run 2 writes the same segment number in the same place.
  RingFixture f;
  for (std::uint64_t i = 1; i <= 4; ++i) {
    f.put("a", i, 3800);
    REQUIRE(f.ring->write_out());
  }
  const auto start = static_cast<std::ptrdiff_t>(f.geometry.offset_of(0));
  std::fill_n(f.medium->bytes.begin() + start, 4096, std::uint8_t{0});
  f.crash();
  f.put("a", 10, 3800);
  REQUIRE(f.ring->write_out());
  f.crash();
  CHECK(f.version("a") == 10);
}

TEST_CASE("Superblocks that are older than the segments do not make new pages older than those") {
  RingFixture f;
  f.put("a", 1);
  REQUIRE(f.ring->close());
  const auto before = f.medium->bytes;
  for (std::uint64_t run = 2; run < 5; ++run) {
    f.crash();
    f.put("a", run);
    REQUIRE(f.ring->close());
  }
  std::copy_n(before.begin(), 8192, f.medium->bytes.begin());  // the drive lost what it had said was there
  f.crash();
  f.put("a", 10);
  f.restart();
  CHECK(f.version("a") == 10);
}

TEST_CASE("A start that writes nothing leaves the ring as it was") {
  RingFixture f;
  f.put("a", 1);
  f.restart();
  const auto before = f.medium->bytes;
  f.restart();
  CHECK(f.medium->bytes == before);
  f.crash();
  CHECK(f.get("a")->lifetime == 600);
}

TEST_CASE("A ring of another geometry or version is begun anew, with a report") {
  RingFixture f;
  f.put("a", 1);
  f.fill_segments(2);
  REQUIRE(f.ring->close());
  std::string said;
  SECTION("segments") {
    f.geometry.segment_count = 5;
    said = "has 4 segments of 32768 bytes, and the settings ask for 5 of 32768";
  }
  SECTION("segment size") {
    f.geometry.segment_bytes *= 2;
    said = "the settings ask for 4 of 65536";
  }
  SECTION("version") {
    f.medium->bytes[8] = f.medium->bytes[4096 + 8] = 2;
    said = "is of version 2, and this larder writes version 4";
  }
  SECTION("superblocks") {
    std::fill_n(f.medium->bytes.begin(), 8192, std::uint8_t{0x55});
    said = "is no ring, or a damaged one";
  }
  f.crash();
  CHECK(f.get("a") == nullptr);
  CHECK(f.ring->pages() == 0);
  REQUIRE(f.reports.size() == 1);
  CHECK(f.reports[0].find(said) != std::string::npos);
  f.put("a", 2);
  f.restart();
  CHECK(f.version("a") == 2);
  CHECK(f.reports.size() == 1);
}

TEST_CASE("Records of a ring that was here before are not read, though they lie in the right place") {
  RingFixture f;
  f.put("a", 1);
  f.fill_segments(1);
  REQUIRE(f.ring->close());
  const auto old = f.medium->bytes;
  f.ring.reset();
  std::fill_n(f.medium->bytes.begin(), 8192, std::uint8_t{0});
  f.open();
  // As on a partition, which cannot be truncated.
  const auto from = static_cast<std::ptrdiff_t>(f.geometry.offset_of(0));
  f.medium->bytes.resize(old.size());
  std::copy(old.begin() + from, old.end(), f.medium->bytes.begin() + from);
  f.crash();
  CHECK(f.ring->pages() == 0);
  CHECK(f.get("a") == nullptr);
}

TEST_CASE("A footer larger than the first read of it is read whole") {
  RingFixture f(Geometry{.segment_bytes = 512 * 1024, .segment_count = 3});
  for (std::uint64_t i = 1; i <= 4'000; ++i) f.put("k" + std::to_string(i % 1500), i, 1);
  f.restart();
  std::uint64_t found = 0;
  for (std::uint64_t i = 2'501; i <= 4'000; ++i) {
    const auto version = f.version("k" + std::to_string(i % 1500));
    CHECK((version == 0 || version == i));
    found += version == i ? 1 : 0;
  }
  CHECK(found > 1'000);  // an index for larger pages has not room for all
}

TEST_CASE("A slot whose header cannot be read is left out, and writing goes on") {
  RingFixture f;
  f.put("a", 1);
  REQUIRE(f.ring->close());
  REQUIRE(f.try_open());
  f.medium->read_error = EIO;
  CHECK_FALSE(f.ring->recover_step());
  f.medium->read_error = 0;
  f.recover();
  CHECK(f.get("a") == nullptr);
  f.put("a", 2);
  f.restart();
  CHECK(f.version("a") == 2);
}

TEST_CASE("A segment whose records cannot be listed is left out") {
  RingFixture f;
  f.put("a", 1);
  f.fill_segments(1);
  f.put("b", 1);
  REQUIRE(f.ring->close());
  REQUIRE(f.try_open());
  REQUIRE(f.ring->recover_step());
  f.medium->read_error = EIO;
  CHECK_FALSE(f.ring->recover_step());
  f.medium->read_error = 0;
  f.recover();
  CHECK(f.version("a") == 1);
  CHECK(f.get("b") == nullptr);
}

}  // namespace
}  // namespace larder::cache

#include <random>

#include "tests/cache/ring_fixture.h"

namespace larder::cache {
namespace {

TEST_CASE("After a failed write the open segment is lost, older ones are not, and writing goes on") {
  RingFixture f;
  f.put("old", 1);
  f.fill_segments(1);
  REQUIRE(f.ring->write_out());
  f.put("lost", 1);
  f.medium->write_error = EIO;
  const auto status = f.ring->write_out();
  REQUIRE_FALSE(status);
  f.ring->abandon(status.error().code);
  CHECK(f.get("lost") == nullptr);
  CHECK(f.version("old") == 1);
  f.medium->write_error = 0;
  f.put("new", 1);
  REQUIRE(f.ring->write_out());
  CHECK(f.version("new") == 1);
  f.restart();
  CHECK(f.version("new") == 1);
  CHECK(f.version("old") == 1);
}

TEST_CASE("A failed sync loses the segment, and a second one is not asked") {
  RingFixture f;
  f.put("a", 1);
  f.medium->sync_error = EIO;
  REQUIRE(f.ring->write_out());
  const auto status = f.ring->sync();
  REQUIRE_FALSE(status);
  f.ring->abandon(status.error().code);
  f.medium->sync_error = 0;
  CHECK(f.get("a") == nullptr);
}

TEST_CASE("A run that lost something does not count as stopped in order") {
  RingFixture f;
  f.put("a", 1);
  REQUIRE(f.ring->write_out());
  f.ring->abandon(EIO);
  f.put("b", 1);
  f.restart();
  CHECK(f.get("b")->lifetime == 300);
}

TEST_CASE("A failure to begin the run is met again, not forgotten") {
  RingFixture f;
  f.medium->sync_error = EIO;
  CHECK_FALSE(f.try_put(*told_page("a", 1, 100)));
  CHECK_FALSE(f.try_put(*told_page("a", 1, 100)));
  f.medium->sync_error = 0;
  f.put("a", 1);
  f.restart();
  CHECK(f.version("a") == 1);
}

TEST_CASE("Short writes and reads change nothing") {
  RingFixture f;
  f.medium->most_at_once = GENERATE(1000U, 4096U, 5000U);
  for (std::uint64_t i = 1; i <= 60; ++i) f.put("k" + std::to_string(i), i);
  f.restart();
  for (std::uint64_t i = 1; i <= 60; ++i) CHECK(f.version("k" + std::to_string(i)) == i);
}

TEST_CASE("On a file system that is full the ring goes on in the space it has") {
  RingFixture f(Geometry{.segment_bytes = 32 * 1024, .segment_count = 50});
  f.medium->capacity = 32 * 1024 * 4 + 5000;  // superblocks and three segments
  std::uint64_t stored = 0, failed = 0;
  for (std::uint64_t i = 1; i <= 400; ++i) {
    if (f.try_put(*told_page("k" + std::to_string(i), i, 3000)))
      ++stored;
    else
      ++failed;
  }
  CHECK(stored > 350);
  CHECK(failed < 30);
  REQUIRE(f.ring->write_out());
  std::uint64_t found = 0;
  for (std::uint64_t i = 1; i <= 400; ++i) found += f.version("k" + std::to_string(i)) == i ? 1 : 0;
  CHECK(found > 10);
}

TEST_CASE("A read that fails is an error once; then the record is not there") {
  RingFixture f;
  f.put("a", 1);
  f.fill_segments(1);
  f.medium->read_error = EIO;
  CHECK_FALSE(f.ring->read("a"));
  f.medium->read_error = 0;
  auto again = f.ring->read("a");
  REQUIRE(again);
  CHECK(again->page == nullptr);
  CHECK(f.counters.get(Counter::ring_damaged) == 0);
}

TEST_CASE("Records appended while writes fail at random are right or not there") {
  std::minstd_rand random(GENERATE(1U, 2U, 3U));
  RingFixture f;
  std::uint64_t version = 0;
  std::vector<std::uint64_t> newest(30);
  for (int step = 0; step < 5'000; ++step) {
    f.medium->write_error = random() % 40 == 0 ? EIO : 0;
    f.medium->sync_error = random() % 40 == 0 ? EIO : 0;
    f.medium->read_error = random() % 40 == 0 ? EIO : 0;
    const auto i = random() % newest.size();
    const std::string key = "k" + std::to_string(i);
    if (f.try_put(*told_page(key, ++version, random() % 4000)))
      newest[i] = version;
    else {
      f.remove(key);
      newest[i] = 0;
    }
    if (random() % 10 == 0) {
      const auto status = f.ring->write_out();
      if (!status) f.ring->abandon(status.error().code);
    }
    const auto j = random() % newest.size();
    const auto found = f.version("k" + std::to_string(j));
    REQUIRE((found == 0 || found == newest[j]));
  }
  CHECK(f.counters.get(Counter::ring_damaged) == 0);
}

}  // namespace
}  // namespace larder::cache

// How the ring writes to its drive: at one place, once, and little more than the pages.
#include <algorithm>
#include <iostream>
#include <random>

#include "cache/page_codec.h"
#include "tests/cache/ring_fixture.h"

namespace larder::cache {
namespace {

constexpr Geometry kFourMegabytes{.segment_bytes = 4 << 20, .segment_count = 6};
constexpr std::uint64_t kLaps = 4;

// Pages as WordPress's are when they are compressed, coming fast, over so many laps; all that was put is counted.
struct Load {
  Load() : f(kFourMegabytes) {
    f.medium->writes.clear();
    std::minstd_rand random(3);
    for (std::uint64_t i = 0; bytes < kLaps * f.geometry.bytes(); ++i) {
      const auto page = told_page("http://pi/" + std::to_string(i), i + 1, 2'000 + random() % 20'000);
      bytes += record_bytes(*page);
      REQUIRE(f.try_put(*page));
      // Half of what lies ahead is wanted again, so that as much is written a second time as ever may be.
      f.ring->mark_hit(f.ring->hash(page->key));
      while (f.ring->wants_rescue()) rescue();
    }
    REQUIRE(f.ring->write_out());
  }
  void rescue() {
    auto found = f.ring->rescue_step(f.clock.wall());
    REQUIRE(found);
    if (found->page) REQUIRE(f.try_put(*found->page));
    if (found->page) rescued += record_bytes(*found->page);
  }

  RingFixture f;
  std::uint64_t bytes = 0, rescued = 0;
};

TEST_CASE("Over four laps at most a tenth more is written to the drive than the pages' records") {
  const Load load;
  std::uint64_t written = 0;
  for (const Medium::Write& write : load.f.medium->writes) written += write.size;
  const double amplification = static_cast<double>(written) / static_cast<double>(load.bytes);
  std::cout << "write amplification over " << kLaps << " laps: " << amplification << " (of it "
            << static_cast<double>(load.rescued) / static_cast<double>(load.bytes) << " written again)\n";
  CHECK(amplification <= 1.10);
  CHECK(amplification > 1.0);
  CHECK(load.rescued > load.bytes / 50);
  CHECK(written + 2 * kBlock >= load.f.counters.get(Counter::ring_written_bytes));
}

TEST_CASE("There is one write position: in each lap offsets only grow, and no byte is written twice") {
  const Load load;
  std::uint64_t laps = 1, end = 0, superblocks = 0;
  for (const Medium::Write& write : load.f.medium->writes) {
    if (write.offset < load.f.geometry.segment_bytes) {
      ++superblocks;
      continue;
    }
    if (write.offset < end) {
      ++laps;
      REQUIRE(write.offset == load.f.geometry.offset_of(0));  // nowhere else it turns
    } else if (end != 0) {
      REQUIRE(write.offset == end);
    }
    CHECK(write.offset % kBlock == 0);
    CHECK(write.size % kBlock == 0);
    CHECK(write.size <= OpenSegment::kChunk);
    end = write.offset + write.size;
  }
  CHECK(laps >= kLaps);
  CHECK(superblocks == 1);  // when the run began
}

TEST_CASE("A page a second costs at most a block each") {
  RingFixture f;
  std::uint64_t bytes = 0;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    f.put("k" + std::to_string(i), i, 3'000);
    bytes += record_bytes(*told_page("k" + std::to_string(i), i, 3'000));
    REQUIRE(f.ring->write_out());
  }
  const auto segments = f.ring->segments_begun();
  CHECK(f.counters.get(Counter::ring_written_bytes) <= bytes + 100 * kBlock + segments * f.geometry.segment_bytes / 4);
}

}  // namespace
}  // namespace larder::cache

#include <iostream>
#include <random>

#include "tests/cache/ring_fixture.h"
#include "tests/support/long_tests.h"

namespace larder::cache {
namespace {

struct Filled : RingFixture {
  Filled() {
    for (std::uint64_t i = 1; i <= 90; ++i) put(key(i % 60), i, 100 + i * 31 % 1500);
    REQUIRE(ring->close());
    image = medium->bytes;
  }
  static std::string key(std::uint64_t i) { return "http://pi/" + std::to_string(i); }

  std::uint64_t found() {
    std::uint64_t pages = 0;
    for (std::uint64_t i = 0; i < 60; ++i) pages += version(key(i)) != 0 ? 1 : 0;
    return pages;
  }
  std::vector<std::uint8_t> image;
};

TEST_CASE("A damaged record is counted, is not found, and is not asked for again") {
  Filled f;
  f.open();
  const auto all = f.found();
  REQUIRE(all == 60);
  for (std::size_t i = f.geometry.segment_bytes; i < f.medium->bytes.size(); i += 700) f.medium->bytes[i] ^= 0x10;
  const auto left = f.found();
  CHECK(left < all);
  const auto damaged = f.counters.get(Counter::ring_damaged);
  CHECK(damaged == all - left);
  CHECK(f.found() == left);
  CHECK(f.counters.get(Counter::ring_damaged) == damaged);
  CHECK(f.ring->pages() == left);
}

// In the long form ten thousand.
TEST_CASE("Of thousands of flipped bits none gives a wrong byte, wherever it is", "[long]") {
  Filled f;
  std::minstd_rand random(77);
  std::uint64_t found = 0;
  const int flips = long_or_short(10'000, 3'000);
  for (int flip = 0; flip < flips; ++flip) {
    f.medium->bytes = f.image;
    // Half of them where they can do most harm: superblocks, headers, footers.
    const std::size_t at = flip % 4 == 0   ? random() % 8192
                           : flip % 4 == 1 ? f.geometry.segment_bytes * (1 + random() % 2) + random() % 100
                                           : random() % f.image.size();
    f.medium->bytes[at] = static_cast<std::uint8_t>(f.medium->bytes[at] ^ 1U << random() % 8);
    f.crash();
    found += f.found();
  }
  std::cout << flips << " flipped bits: " << found << " pages found, 0 wrong\n";
  CHECK(found > 40 * static_cast<std::uint64_t>(flips));
}

TEST_CASE("Whole blocks of noise give no wrong byte") {
  Filled f;
  std::minstd_rand random(78);
  for (int round = 0; round < 300; ++round) {
    f.medium->bytes = f.image;
    const std::size_t at = random() % (f.image.size() / 512) * 512;
    for (std::size_t i = at; i < at + 512; ++i) f.medium->bytes[i] = static_cast<std::uint8_t>(random());
    f.crash();
    f.found();
  }
}

TEST_CASE("Blocks that the drive put in the wrong place give no wrong byte") {
  Filled f;
  std::minstd_rand random(79);
  for (int round = 0; round < 300; ++round) {
    f.medium->bytes = f.image;
    const auto block = [&] { return static_cast<std::ptrdiff_t>(random() % (f.image.size() / kBlock) * kBlock); };
    std::copy_n(f.image.begin() + block(), kBlock, f.medium->bytes.begin() + block());
    f.crash();
    f.found();
  }
}

}  // namespace
}  // namespace larder::cache

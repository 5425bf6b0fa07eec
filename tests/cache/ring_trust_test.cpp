#include "tests/cache/ring_fixture.h"

namespace larder::cache {
namespace {

TEST_CASE(
    "Everything forgotten while the ring is still being recovered stays forgotten, and what is put then is kept") {
  RingFixture f;
  for (std::uint64_t i = 0; i < 100; ++i) f.put("k" + std::to_string(i), i + 1);
  REQUIRE(f.ring->close());
  REQUIRE(f.try_open());
  f.ring->forget_all();
  f.recover();
  CHECK(f.ring->pages() == 0);
  f.put("new", 1);
  CHECK(f.version("new") == 1);
}

TEST_CASE("As long as the clock is not known to be right, pages of earlier runs count as stale") {
  RingFixture f;
  f.put("a", 1);
  REQUIRE(f.ring->close());
  bool right = false;
  auto opened =
      Ring::open(std::make_unique<MemoryDevice>(f.medium), f.geometry, f.clock, f.counters, {}, [&] { return right; });
  REQUIRE(opened);
  f.ring = *std::move(opened);
  f.recover();
  f.put("own", 1);
  CHECK(f.get("a")->lifetime == 0);
  CHECK(f.get("own")->lifetime == 600);
  right = true;
  CHECK(f.get("a")->lifetime == 600);
  right = false;  // it was set once
  CHECK(f.get("a")->lifetime == 600);
}

TEST_CASE("A clock that shows less than the ring has seen is not right") {
  RingFixture f;
  f.put("a", 1);
  f.clock.advance(10'000);
  REQUIRE(f.ring->close());
  f.clock.advance(-1);
  f.crash();
  CHECK(f.get("a")->lifetime == 0);
  f.clock.advance(1);
  CHECK(f.get("a")->lifetime == 600);
}

}  // namespace
}  // namespace larder::cache

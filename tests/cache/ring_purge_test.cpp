#include "tests/cache/ring_fixture.h"

namespace larder::cache {
namespace {

struct PurgeFixture : RingFixture {
  void purge(const std::string& key) {
    remove(key);
    REQUIRE(ring->append_tombstone(ring->hash(key)));
    REQUIRE(ring->write_out());
  }
  void purge_all() {
    ring->forget_all();
    REQUIRE(ring->purge_all());
  }
};

TEST_CASE("A purged page does not come back after a stop or a crash, whether its segment was sealed or not") {
  PurgeFixture f;
  const bool sealed = GENERATE(false, true), crash = GENERATE(false, true);
  f.put("a", 1);
  f.put("b", 1);
  if (sealed) f.fill_segments(1);
  f.purge("a");
  if (sealed) f.fill_segments(1);
  REQUIRE(f.ring->write_out());
  crash ? f.crash() : f.restart();
  CHECK(f.get("a") == nullptr);
  CHECK(f.version("b") == 1);
  crash ? f.crash() : f.restart();
  CHECK(f.get("a") == nullptr);
  CHECK(f.version("b") == 1);
}

TEST_CASE("A page that was put again after its purge is found, also after a crash") {
  PurgeFixture f;
  f.put("a", 1);
  f.purge("a");
  f.put("a", 2);
  REQUIRE(f.ring->write_out());
  f.crash();
  CHECK(f.version("a") == 2);
}

TEST_CASE("Without its tombstone on the medium a purge is undone by a crash") {
  PurgeFixture f;
  f.put("a", 1);
  REQUIRE(f.ring->write_out());
  f.remove("a");
  f.crash();
  CHECK(f.version("a") == 1);
}

TEST_CASE("After everything was purged nothing comes back, and what is put then stays") {
  PurgeFixture f;
  const bool crash = GENERATE(false, true);
  for (std::uint64_t i = 0; i < 20; ++i) f.put("k" + std::to_string(i), i + 1);
  f.fill_segments(1);
  f.put("open", 1);
  f.purge_all();
  CHECK(f.ring->pages() == 0);
  CHECK(f.get("open") == nullptr);
  f.put("new", 1);
  REQUIRE(f.ring->write_out());
  crash ? f.crash() : f.restart();
  CHECK(f.ring->pages() == 1);
  CHECK(f.version("new") == 1);
  crash ? f.crash() : f.restart();
  CHECK(f.version("new") == 1);
  f.fill_segments(4);
  CHECK(f.get("k1") == nullptr);
}

TEST_CASE("Everything purged while the ring is still being recovered stays purged") {
  PurgeFixture f;
  for (std::uint64_t i = 0; i < 100; ++i) f.put("k" + std::to_string(i), i + 1);
  REQUIRE(f.ring->close());
  REQUIRE(f.try_open());
  f.ring->forget_all();
  f.recover();
  CHECK(f.ring->pages() == 0);
  REQUIRE(f.ring->purge_all());
  f.crash();
  CHECK(f.ring->pages() == 0);
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

// The ring against a plain map: whatever is done to it, what it finds is the newest of its key, byte for byte.
#include <algorithm>
#include <iostream>
#include <map>
#include <random>

#include "tests/cache/ring_fixture.h"
#include "tests/support/long_tests.h"

namespace larder::cache {
namespace {

struct Model {
  std::uint64_t newest = 0;   // version that was put last; 0: removed since, or never put
  std::uint64_t removed = 0;  // versions up to this one were removed
};

class Play {
 public:
  Play(std::uint32_t seed, const Geometry& geometry) : random_(seed), f_(geometry) {}

  void step() {
    const std::string key = "http://pi/" + std::to_string(random_() % 120);
    switch (random_() % 64) {
      case 0:
        if (random_() % 8 == 0)
          restart();
        else
          f_.medium->most_at_once = random_() % 4 == 0 ? 3000 : SIZE_MAX;
        break;
      case 1:
        if (random_() % 8 == 0) crash();
        break;
      case 2:
        restart_and_go_on_at_once();
        break;
      case 3:
      case 4:
        REQUIRE(f_.ring->write_out());
        break;
      case 5:
        if (random_() % 500 == 0) remove_all();
        break;
      case 6:
        f_.remove(key);
        model_[key].removed = version_;
        break;
      default:
        if (random_() % 2 == 0)
          put(key);
        else
          check(key);
    }
  }
  void check_all() {
    for (const auto& [key, unused] : model_) check(key);
  }
  std::uint64_t hits() const { return hits_; }
  std::uint64_t damaged() const { return f_.counters.get(Counter::ring_damaged); }

 private:
  void put(const std::string& key) {
    const std::size_t size = random_() % 50 == 0 ? random_() % 12'000 : random_() % 900;
    f_.put(key, model_[key].newest = ++version_, size);
  }
  // What was put since the last write may be gone, and then the version before it is the newest: remove() is durable
  // only as far as the index. So after a start any version up to the newest may come back; newer than that none, and
  // without a crash not an older one than the newest either, unless that was removed.
  void check(const std::string& key) {
    const Model& model = model_[key];
    const std::uint64_t found = f_.version(key);
    if (found == 0) return;
    ++hits_;
    REQUIRE(found <= model.newest);
    if (model.removed >= model.newest)
      REQUIRE(restarted_at_ >= model.removed);
    else if (found != model.newest)
      REQUIRE(crashed_at_ >= model.newest);
  }
  void remove_all() {
    f_.ring->forget_all();
    for (auto& [key, model] : model_) model.removed = version_;
  }
  void crash() {
    f_.crash();
    crashed_at_ = restarted_at_ = version_;
  }
  void restart() {
    f_.restart();
    restarted_at_ = version_;
  }
  void restart_and_go_on_at_once() {
    if (random_() % 8 != 0) return;
    REQUIRE(f_.ring->close());
    REQUIRE(f_.try_open());
    restarted_at_ = version_;
    while (!f_.ring->writable()) REQUIRE(f_.ring->recover_step());
    while (f_.ring->recovering()) {
      const std::string key = "http://pi/" + std::to_string(random_() % 120);
      if (random_() % 3 == 0) put(key);
      if (random_() % 9 == 0) {
        f_.remove(key);
        model_[key].removed = version_;
      }
      check(key);
      REQUIRE(f_.ring->recover_step());
    }
  }

  std::minstd_rand random_;
  RingFixture f_;
  std::map<std::string, Model> model_;
  std::uint64_t version_ = 0, hits_ = 0;
  std::uint64_t crashed_at_ = 0, restarted_at_ = 0;  // version at the last crash and start
};

// In the long form a million steps.
TEST_CASE("Over many random steps the ring agrees with a map", "[long]") {
  const std::uint32_t seed = GENERATE(1U, 2U, 3U, 4U);
  const Geometry geometry{.segment_bytes = seed % 2 ? 16U * 1024 : 48U * 1024, .segment_count = 2 + seed * 2};
  INFO("seed " << seed);
  Play play(seed, geometry);
  const int steps = long_or_short(250'000, 40'000);
  for (int step = 0; step < steps; ++step) play.step();
  play.check_all();
  std::cout << "model " << seed << ": " << steps << " steps, " << play.hits() << " pages found, 0 wrong\n";
  CHECK(play.damaged() == 0);
  CHECK(play.hits() > 4'000);
}

}  // namespace
}  // namespace larder::cache

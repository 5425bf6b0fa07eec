// Purges: gone at once, and for good when that has been answered.
#include <optional>

#include "tests/cache/store_fixture.h"

namespace larder::cache {
namespace {

struct PurgingStore : StoreFixture {
  std::future<bool> purge(const std::string& key) {
    auto answer = std::make_shared<std::promise<bool>>();
    store->remove(key, [answer](bool durable) { answer->set_value(durable); });
    return answer->get_future();
  }
  std::future<bool> purge_all() {
    auto answer = std::make_shared<std::promise<bool>>();
    store->remove_all([answer](bool durable) { answer->set_value(durable); });
    return answer->get_future();
  }
  // As a loss of power does: what is on the medium now.
  void lose_power() {
    auto left = std::make_shared<Medium>();
    {
      std::lock_guard lock(medium->mutex);
      left->bytes = medium->bytes;
    }
    store.reset();
    medium = left;
    open();
  }
};

TEST_CASE("A purge that was answered with true survives a loss of power") {
  PurgingStore f;
  f.put("a", 1);
  f.put("b", 1);
  f.store->flush();
  CHECK(f.purge("a").get());
  f.lose_power();
  CHECK(f.from_flash("a") == nullptr);
  CHECK(f.flash_version("b") == 1);
  CHECK(f.count(Counter::ring_purges) == 1);
}

TEST_CASE("So does that of everything, and what is put afterwards is kept") {
  PurgingStore f;
  for (std::uint64_t i = 1; i <= 100; ++i) f.put("k" + std::to_string(i), i, 1000);
  f.store->flush();
  CHECK(f.purge_all().get());
  CHECK(f.store->find_in_memory("k1") == nullptr);
  CHECK(f.store->info().memory_bytes == 0);
  f.put("new", 1);
  f.store->flush();
  f.lose_power();
  CHECK(f.store->info().ring_pages == 1);
  CHECK(f.flash_version("new") == 1);
  CHECK(f.from_flash("k1") == nullptr);
}

TEST_CASE("Purges that come together are synced together") {
  PurgingStore f;
  f.put("a", 1);
  f.store->flush();
  const std::uint64_t before = f.medium->syncs;
  f.medium->writes_gate.shut();
  f.put("b", 1, 200'000 / 4);
  std::vector<std::future<bool>> answers;
  for (int i = 0; i < 200; ++i) answers.push_back(f.purge("k" + std::to_string(i)));
  f.medium->writes_gate.open();
  for (auto& answer : answers) CHECK(answer.get());
  CHECK(f.medium->syncs - before < 20);
}

TEST_CASE("A purge that the drive does not take is answered with false, holds all the same, and is written later") {
  PurgingStore f;
  f.put("a", 1);
  f.store->flush();
  f.medium->write_error = EIO;
  CHECK_FALSE(f.purge("a").get());
  CHECK(f.store->find_in_memory("a") == nullptr);
  CHECK(f.from_flash("a") == nullptr);
  f.medium->write_error = 0;
  f.clock.advance(60'000);
  CHECK(f.purge("other").get());
  f.lose_power();
  CHECK(f.from_flash("a") == nullptr);
}

TEST_CASE("A drive that hangs keeps nobody waiting for a purge") {
  PurgingStore f;
  f.put("a", 1);
  f.store->flush();
  f.medium->writes_gate.shut();
  auto answer = f.purge("a");
  f.medium->writes_gate.await_one();
  f.clock.advance(5'000);
  CHECK_FALSE(answer.get());
  f.medium->writes_gate.open();
}

TEST_CASE("What is purged while the drive is away is gone when it comes back, and after the next stop") {
  PurgingStore f;
  for (std::uint64_t i = 1; i <= 100; ++i) f.put("k" + std::to_string(i), i, 1000);
  f.store.reset();
  f.medium->absent = true;
  f.options.wait_for_drive = true;
  f.open(false);
  CHECK_FALSE(f.purge("k1").get());
  f.medium->absent = false;
  f.clock.advance(15'000);
  f.await(DriveState::read_write);
  CHECK(f.from_flash("k1") == nullptr);
  CHECK(f.flash_version("k2") == 2);
  f.store->flush();
  f.lose_power();
  CHECK(f.from_flash("k1") == nullptr);
  CHECK(f.flash_version("k2") == 2);
}

TEST_CASE("Without a drive a purge is as durable as the pages") {
  PurgingStore f;
  f.store.reset();
  auto opened = PageStore::open({.memory_bytes = 1 << 20}, f.clock, f.counters, {});
  REQUIRE(opened);
  f.store = *std::move(opened);
  f.put("a", 1);
  CHECK(f.purge("a").get());
  CHECK(f.store->find_in_memory("a") == nullptr);
  f.put("b", 1);
  CHECK(f.purge_all().get());
  CHECK(f.store->find_in_memory("b") == nullptr);
}

TEST_CASE("A purge after the stop is answered") {
  PurgingStore f;
  f.store->stop();
  CHECK_FALSE(f.purge("a").get());
}

}  // namespace
}  // namespace larder::cache

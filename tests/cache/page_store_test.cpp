#include "cache/page_store.h"

#include <atomic>
#include <random>

#include "tests/cache/store_fixture.h"
#include "tests/support/temp_dir.h"

namespace larder::cache {
namespace {

TEST_CASE("A page that was put is in memory at once and on flash after a flush") {
  StoreFixture f;
  f.put("a", 1);
  CHECK(f.version(f.store->find_in_memory("a"), "a") == 1);
  f.store->flush();
  f.forget_memory();
  CHECK(f.store->find_in_memory("a") == nullptr);
  CHECK(f.flash_version("a") == 1);
  CHECK(f.version(f.store->find_in_memory("a"), "a") == 1);
  CHECK(f.count(Counter::stored) == 1);
  CHECK(f.count(Counter::ring_pages_written) == 1);
  CHECK(f.store->info().ring_pages == 1);
}

TEST_CASE("What nobody put is found nowhere") {
  StoreFixture f;
  CHECK(f.store->find_in_memory("a") == nullptr);
  CHECK(f.from_flash("a") == nullptr);
}

TEST_CASE("After a restart the pages are there") {
  StoreFixture f;
  for (std::uint64_t i = 1; i <= 50; ++i) f.put("k" + std::to_string(i), i);
  f.restart();
  CHECK(f.count(Counter::ring_pages_recovered) == 50);
  for (std::uint64_t i = 1; i <= 50; ++i) CHECK(f.flash_version("k" + std::to_string(i)) == i);
}

TEST_CASE("A removed page is found nowhere, also when it was on its way to the ring") {
  StoreFixture f;
  f.put("a", 1);
  f.store->flush();
  f.store->remove("a");
  CHECK(f.store->find_in_memory("a") == nullptr);
  CHECK(f.from_flash("a") == nullptr);
  f.put("b", 1);
  f.store->remove("b");
  f.store->flush();
  CHECK(f.from_flash("b") == nullptr);
}

TEST_CASE("A newer page takes the older one's place in both tiers") {
  StoreFixture f;
  f.put("a", 1);
  f.store->flush();
  f.put("a", 2);
  f.forget_memory();
  CHECK(f.flash_version("a") == 2);
  f.store->flush();
  f.forget_memory();
  CHECK(f.flash_version("a") == 2);
}

TEST_CASE("A page too large for the store is not kept, nor the one it replaces") {
  StoreFixture f;
  f.put("a", 1);
  f.store->flush();
  f.options.max_page_bytes = 20'000;
  f.restart();
  CHECK(f.store->max_page_bytes() == 20'000);
  f.put("a", 2, 20'001);
  CHECK(f.store->find_in_memory("a") == nullptr);
  CHECK(f.from_flash("a") == nullptr);
}

TEST_CASE("A page too large for a segment is kept in memory only, and hides the one on flash") {
  StoreFixture f;
  f.put("a", 1);
  f.store->flush();
  f.put("a", 2, 70'000);
  f.store->flush();
  CHECK(f.version(f.store->find_in_memory("a"), "a") == 2);
  f.forget_memory();
  CHECK(f.from_flash("a") == nullptr);
}

TEST_CASE("A page that is fresh for half a minute at most is not written to flash") {
  StoreFixture f;
  f.store->put(told_page("a", 1, 100, f.clock.wall(), 30));
  f.store->put(told_page("b", 1, 100, f.clock.wall(), 31));
  f.store->flush();
  CHECK(f.store->find_in_memory("a"));
  CHECK(f.count(Counter::ring_pages_written) == 1);
  CHECK(f.store->info().ring_pages == 1);
}

TEST_CASE("Without a path there is only memory") {
  ManualClock clock;
  Counters counters;
  auto store = PageStore::open({.memory_bytes = 1 << 20}, clock, counters, {});
  REQUIRE(store);
  (*store)->put(told_page("a", 1, 100));
  CHECK((*store)->find_in_memory("a"));
  bool called = false;
  (*store)->find_on_flash("a", [&](PagePtr page) { called = page == nullptr; });
  CHECK(called);
  (*store)->flush();
  (*store)->remove("a");
  CHECK_FALSE((*store)->find_in_memory("a"));
  CHECK_FALSE((*store)->info().recovering);
  (*store)->stop();
}

TEST_CASE("On a real directory: kept over a restart, refused to a second store, refused without the directory") {
  testing::TempDir dir;
  ManualClock clock;
  Counters counters;
  StoreOptions options{.path = dir.path(), .ring_bytes = 8 << 20, .memory_bytes = 1 << 20};
  {
    auto store = PageStore::open(options, clock, counters, {});
    REQUIRE(store);
    CHECK((*store)->info().ring_bytes == 8 << 20);
    (*store)->put(told_page("a", 1, 5000, clock.wall()));
    auto second = PageStore::open(options, clock, counters, {});
    REQUIRE_FALSE(second);
    CHECK(second.error().message.find("in use by another larder") != std::string::npos);
  }
  auto store = PageStore::open(options, clock, counters, {});
  REQUIRE(store);
  while ((*store)->info().recovering) std::this_thread::yield();
  std::promise<PagePtr> answer;
  (*store)->find_on_flash("a", [&](PagePtr page) { answer.set_value(std::move(page)); });
  const PagePtr page = answer.get_future().get();
  REQUIRE(page);
  CHECK(told_version(*page, "a") == 1);
  CHECK(page->lifetime == 600);
  options.path = dir / "missing/folder";
  CHECK_FALSE(PageStore::open(options, clock, counters, {}));
}

TEST_CASE("Pages put while the ring is still being recovered are kept") {
  StoreFixture f;
  f.put("a", 1);
  f.put("b", 1);
  f.store.reset();
  f.open(false);
  f.put("a", 2);
  f.store->remove("b");
  f.store->flush();
  while (f.store->info().recovering) std::this_thread::yield();
  f.forget_memory();
  CHECK(f.flash_version("a") == 2);
  CHECK(f.from_flash("b") == nullptr);
}

TEST_CASE("A page put and a stop right after the start, before the ring could be written, is not lost") {
  StoreFixture f;
  f.put("a", 1);
  f.store.reset();
  for (std::uint64_t version = 2; version < 40; ++version) {
    f.open(false);
    f.put("a", version);
    f.store.reset();
  }
  f.open();
  CHECK(f.flash_version("a") == 39);
}

TEST_CASE("Threads that put, remove and look up at the same time never see a wrong or an old page") {
  StoreFixture f;
  f.options.memory_bytes = 20'000;  // so that most come from flash
  f.restart();
  constexpr int kThreads = 3, kSteps = 3'000;
  std::atomic<int> wrong{0}, found{0};
  // Each thread has its own keys, so it knows what their newest versions are.
  const auto work = [&](int id) {
    std::minstd_rand random(static_cast<std::uint32_t>(id));
    std::vector<std::uint64_t> newest(20);
    for (std::uint64_t step = 1; step <= kSteps; ++step) {
      const auto i = random() % newest.size();
      const std::string key = std::to_string(id) + "/" + std::to_string(i);
      const auto action = random() % 8;
      if (action < 2) f.put(key, newest[i] = step, random() % 3000);
      if (action == 2) f.store->remove(key), newest[i] = 0;
      PagePtr page = f.store->find_in_memory(key);
      if (!page) page = f.from_flash(key);
      if (!page) continue;
      ++found;
      if (f.version(page, key) != newest[i] || newest[i] == 0) ++wrong;
    }
  };
  std::vector<std::thread> threads;
  for (int id = 1; id <= kThreads; ++id) threads.emplace_back(work, id);
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(found > kThreads * kSteps / 4);
  CHECK(f.count(Counter::ring_damaged) == 0);
}

TEST_CASE("Over restarts in the middle of everything no wrong page is found") {
  StoreFixture f;
  std::minstd_rand random(4);
  std::vector<std::uint64_t> newest(60);
  std::uint64_t version = 0;
  for (int step = 0; step < 8'000; ++step) {
    if (random() % 400 == 0) {
      f.store.reset();
      f.open(random() % 2 == 0);
    }
    const auto i = random() % newest.size();
    const std::string key = "k" + std::to_string(i);
    if (random() % 3 == 0) f.put(key, newest[i] = ++version, random() % 3000);
    if (random() % 50 == 0) f.forget_memory();
    PagePtr page = f.store->find_in_memory(key);
    if (!page) page = f.from_flash(key);
    if (page) REQUIRE(f.version(page, key) == newest[i]);
  }
  CHECK(f.count(Counter::ring_damaged) == 0);
}

}  // namespace
}  // namespace larder::cache

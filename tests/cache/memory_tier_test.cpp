#include "cache/memory_tier.h"

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "tests/cache/told_page.h"
#include "tests/support/catch.h"

namespace larder::cache {
namespace {

std::string key(std::uint64_t number) { return "http://pi/" + std::to_string(number); }
std::uint64_t cost(const Page& page) { return page.memory_cost() + MemoryTier::kEntryOverhead; }

TEST_CASE("What was put is found until it is erased") {
  MemoryTier tier(1 << 20, 1);
  const PagePtr page = told_page(key(1), 1, 100);
  tier.put(page);
  CHECK(tier.find(key(1)) == page);
  CHECK(tier.find(key(2)) == nullptr);
  CHECK(tier.bytes() == cost(*page));
  tier.erase(key(1));
  CHECK(tier.find(key(1)) == nullptr);
  CHECK(tier.bytes() == 0);
  CHECK(tier.pages() == 0);
}

TEST_CASE("A newer page replaces an older one, unless it is only offered") {
  MemoryTier tier(1 << 20, 1);
  const PagePtr first = told_page(key(1), 1, 100), second = told_page(key(1), 2, 200);
  CHECK(tier.put_if_absent(first) == first);
  CHECK(tier.put_if_absent(second) == first);
  CHECK(tier.find(key(1)) == first);
  tier.put(second);
  CHECK(tier.find(key(1)) == second);
  CHECK(tier.pages() == 1);
  CHECK(tier.bytes() == cost(*second));
}

TEST_CASE("The same page in another form takes its place, with its costs and merits") {
  MemoryTier tier(1 << 20, 1);
  const PagePtr first = told_page(key(1), 1, 100), form = told_page(key(1), 1, 5000), late = told_page(key(1), 2, 100);
  tier.put(first);
  tier.put(told_page(key(2), 1, 100));
  tier.exchange(first, form);
  CHECK(tier.find(key(1)) == form);
  CHECK(tier.pages() == 2);
  CHECK(tier.bytes() == cost(*form) + cost(*tier.find(key(2))));
  tier.exchange(first, late);  // it is not there any more
  CHECK(tier.find(key(1)) == form);
  tier.exchange(late, late);
  CHECK(tier.find(key(1)) == form);
  tier.erase(key(1));
  tier.exchange(form, late);
  CHECK(tier.find(key(1)) == nullptr);
  CHECK(tier.bytes() == cost(*tier.find(key(2))));
}

TEST_CASE("Pages that are nowhere else outlive the others, up to half of all") {
  MemoryTier tier(100'000, 1);
  tier.set_only_here(key(99), true);  // is not there
  for (std::uint64_t i = 0; i < 10; ++i) {
    tier.put(told_page(key(i), 1, 1'000));
    tier.set_only_here(key(i), true);
  }
  for (std::uint64_t i = 100; i < 400; ++i) {
    tier.put(told_page(key(i), 1, 1'000));
    for (int times = 0; times < 3; ++times) tier.find(key(i));
  }
  CHECK(tier.only_here().size() == 10);
  tier.set_only_here(key(0), false);
  tier.exchange(tier.peek(key(1)), told_page(key(1), 1, 2'000));
  for (std::uint64_t i = 400; i < 700; ++i) {
    tier.put(told_page(key(i), 1, 1'000));
    for (int times = 0; times < 3; ++times) tier.find(key(i));
  }
  CHECK_FALSE(tier.peek(key(0)));
  CHECK(tier.only_here().size() == 9);
  tier.set_limit(10'000);
  CHECK(tier.bytes() <= 10'000);
  CHECK(tier.only_here().size() < 9);
  tier.set_limit(0);
  CHECK(tier.pages() == 0);
  CHECK(tier.bytes() == 0);
}

TEST_CASE("A form that makes the tier too full evicts") {
  MemoryTier tier(20'000, 1);
  const PagePtr first = told_page(key(1), 1, 100);
  tier.put(first);
  tier.put(told_page(key(2), 1, 5000));
  tier.exchange(first, told_page(key(1), 1, 12'000));
  CHECK(tier.bytes() <= 20'000);
  CHECK(tier.pages() <= 1);
}

TEST_CASE("A page larger than the limit is not kept, nor the one it replaces") {
  MemoryTier tier(4096, 1);
  tier.put(told_page(key(1), 1, 100));
  tier.put(told_page(key(1), 2, 5000));
  CHECK(tier.find(key(1)) == nullptr);
  CHECK(tier.bytes() == 0);
}

TEST_CASE("A page that fits is kept at first, however full the tier is") {
  MemoryTier tier(64 * 1024, 1);
  for (std::uint64_t i = 0; i < 100; ++i) tier.put(told_page(key(i), i + 1, 1000));
  tier.put(told_page(key(1000), 1, 40'000));
  CHECK(tier.find(key(1000)) != nullptr);
}

TEST_CASE("Pages asked for again outlive a flood of pages asked for once") {
  MemoryTier tier(256 * 1024, 1);
  for (std::uint64_t i = 0; i < 20; ++i) tier.put(told_page(key(i), 1, 1000));
  std::uint64_t next = 1000;
  for (int round = 0; round < 100; ++round) {
    for (std::uint64_t i = 0; i < 20; ++i) REQUIRE(tier.find(key(i)) != nullptr);
    for (int i = 0; i < 20; ++i) tier.put(told_page(key(next++), 1, 1000));
  }
}

TEST_CASE("A page that comes back soon after it fell out stays longer than one that is new") {
  MemoryTier tier(64 * 1024, 1);
  std::uint64_t next = 1000;
  const auto flood = [&] { tier.put(told_page(key(next++), 1, 1000)); };
  tier.put(told_page(key(1), 1, 1000));
  // Until one more page does not make them more: then the oldest has gone.
  for (std::uint64_t pages = 0; pages < tier.pages(); flood()) pages = tier.pages();
  REQUIRE(tier.find(key(1)) == nullptr);
  tier.put(told_page(key(1), 2, 1000));
  tier.put(told_page(key(2), 1, 1000));
  for (int i = 0; i < 200; ++i) flood();
  CHECK(tier.find(key(1)) != nullptr);
  CHECK(tier.find(key(2)) == nullptr);
}

TEST_CASE("A lower limit is met at once") {
  MemoryTier tier(1 << 20, 1);
  for (std::uint64_t i = 0; i < 300; ++i) tier.put(told_page(key(i), 1, 2000));
  REQUIRE(tier.bytes() > 500'000);
  tier.set_limit(100'000);
  CHECK(tier.bytes() <= 100'000);
  CHECK(tier.limit() == 100'000);
  tier.set_limit(0);
  CHECK(tier.bytes() == 0);
  tier.put(told_page(key(1), 1, 10));
  CHECK(tier.pages() == 0);
}

TEST_CASE("Whatever is done, the limit holds, the sum is right and no page is a wrong one") {
  std::minstd_rand random(GENERATE(1U, 2U, 3U));
  MemoryTier tier(50'000, 7);
  std::map<std::string, std::uint64_t> newest;  // version by key; absent: erased
  std::uint64_t version = 0;
  for (int step = 0; step < 30'000; ++step) {
    const std::string name = key(random() % 200);
    switch (random() % 8) {
      case 0:
        tier.erase(name);
        newest.erase(name);
        break;
      case 1:
      case 2:
        tier.put(told_page(name, newest[name] = ++version, random() % 20 == 0 ? random() % 60'000 : random() % 2000));
        break;
      case 3:
        if (random() % 50 == 0) tier.set_limit(random() % 60'000);
        break;
      default:
        if (const PagePtr page = tier.find(name)) {
          REQUIRE(newest.count(name) == 1);
          REQUIRE(told_version(*page, name) == newest[name]);
        }
    }
    REQUIRE(tier.bytes() <= tier.limit());
  }
  std::uint64_t sum = 0, count = 0;
  for (const auto& [name, unused] : newest) {
    if (const PagePtr page = tier.find(name)) {
      sum += cost(*page);
      ++count;
    }
  }
  CHECK(sum == tier.bytes());
  CHECK(count == tier.pages());
}

TEST_CASE("Threads that share the tier find right pages only") {
  MemoryTier tier(200'000, 7);
  std::atomic<int> wrong{0};
  const auto work = [&](std::uint32_t seed) {
    std::minstd_rand random(seed);
    for (int step = 0; step < 5'000; ++step) {
      const std::string name = key(random() % 300);
      const auto action = random() % 10;
      if (action == 0) tier.erase(name);
      if (action == 1) tier.put(told_page(name, random(), random() % 2000));
      if (action == 2) tier.set_limit(100'000 + random() % 100'000);
      const PagePtr page = tier.find(name);
      if (page && told_version(*page, name) == 0) ++wrong;
    }
  };
  std::thread one(work, 1), two(work, 2), three(work, 3);
  one.join();
  two.join();
  three.join();
  CHECK(wrong == 0);
  CHECK(tier.bytes() <= tier.limit());
}

}  // namespace
}  // namespace larder::cache

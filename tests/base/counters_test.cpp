#include "base/counters.h"

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

using namespace larder;

TEST_CASE("Counters begin at zero and count by themselves") {
  Counters counters;
  for (std::size_t i = 0; i < Counters::kCount; ++i) CHECK(counters.get(static_cast<Counter>(i)) == 0);
  counters.add(Counter::miss);
  counters.add(Counter::spooled_bytes, std::uint64_t{5} << 32);
  CHECK(counters.get(Counter::miss) == 1);
  CHECK(counters.get(Counter::spooled_bytes) == std::uint64_t{5} << 32);
  CHECK(counters.get(Counter::hit_memory) == 0);
}

TEST_CASE("Every counter has a name of its own and a text, in the order of the enumeration") {
  std::set<std::string> names;
  for (const Counters::Info& info : Counters::kInfo) {
    CHECK(names.emplace(info.name).second);
    CHECK_FALSE(info.text.empty());
  }
  CHECK(Counters::kInfo[static_cast<std::size_t>(Counter::hit_flash)].name == "hit_flash");
}

TEST_CASE("Counts of many threads are all there") {
  Counters counters;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&counters] {
      for (int n = 0; n < 10'000; ++n) counters.add(Counter::requests);
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(counters.get(Counter::requests) == 40'000);
}

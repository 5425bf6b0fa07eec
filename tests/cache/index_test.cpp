#include "cache/index.h"

#include <random>
#include <unordered_map>

#include "tests/support/catch.h"

namespace larder::cache {
namespace {

constexpr Geometry kGeometry{.segment_bytes = 32 * 1024, .segment_count = 8};

std::uint64_t hash(std::uint64_t number) { return number * 0xd6e8feb86659fd93U ^ number << 32; }

Index with_segments(std::uint64_t entries, std::uint32_t count) {
  Index index(kGeometry, entries);
  for (std::uint32_t number = 1; number <= count; ++number) index.begin_segment({.run = 1, .number = number});
  return index;
}

TEST_CASE("An entry is found until it is replaced or erased") {
  Index index = with_segments(100, 2);
  const Location first{1, 16, 100}, second{2, 16, 200};
  CHECK_FALSE(index.find(hash(1)));
  CHECK(index.put(hash(1), first));
  CHECK(index.find(hash(1)) == first);
  CHECK(index.put(hash(1), second));
  CHECK(index.find(hash(1)) == second);
  CHECK(index.size() == 1);
  index.erase(hash(1));
  CHECK_FALSE(index.find(hash(1)));
  CHECK(index.size() == 0);
}

TEST_CASE("With its segment all entries are gone at once, and their places are free") {
  Index index = with_segments(8, 8);
  for (std::uint64_t i = 0; i < 8; ++i) index.put(hash(i), {3, 16, 100});
  const auto before = index.size();
  REQUIRE(before > 0);
  SECTION("dropped") { index.drop_segment(3); }
  SECTION("its slot was given away") { index.begin_segment({.run = 1, .number = 3 + 8}); }
  CHECK(index.size() == 0);
  for (std::uint64_t i = 0; i < 8; ++i) CHECK_FALSE(index.find(hash(i)));
  CHECK_FALSE(index.put(hash(1), {3, 16, 100}));
  CHECK_FALSE(index.put_if_absent(hash(1), {3, 16, 100}));
  for (std::uint64_t i = 0; i < 8; ++i) index.put(hash(i), {4, 16, 100});
  CHECK(index.size() == before);
}

TEST_CASE("Dropping a segment that is long gone does no harm to its successor") {
  Index index = with_segments(8, 8);
  index.begin_segment({.run = 1, .number = 9});
  index.put(hash(1), {9, 16, 100});
  index.drop_segment(1);
  CHECK(index.find(hash(1)));
}

TEST_CASE("Recovery never replaces what is there and never makes room") {
  Index index = with_segments(8, 8);
  index.put(hash(1), {5, 16, 100});
  CHECK(index.put_if_absent(hash(1), {4, 16, 100}));
  CHECK(index.find(hash(1))->number == 5);
  std::uint64_t refused = 0;
  for (std::uint64_t i = 2; i < 100; ++i) refused += index.put_if_absent(hash(i), {4, 16, 100}) ? 0 : 1;
  CHECK(refused > 0);
  CHECK(index.size() == 99 - refused);
  CHECK(index.find(hash(1))->number == 5);
}

TEST_CASE("When there is no room, what lies furthest back goes") {
  Index index = with_segments(8, 8);
  for (std::uint64_t i = 0; i < 1000; ++i) index.put(hash(i), {static_cast<std::uint32_t>(1 + i / 125), 16, 100});
  CHECK(index.size() <= index.capacity());
  std::uint64_t young = 0;
  for (std::uint64_t i = 0; i < 1000; ++i)
    if (const auto at = index.find(hash(i))) young += at->number == 8 ? 1 : 0;
  CHECK(young == index.size());
}

TEST_CASE("Filled to the last place the index holds 95 of 100 entries, at four fifths 999 of 1000") {
  for (const auto& [entries, at_least] : {std::pair{10'000U, 9'500U}, {8'000U, 7'992U}}) {
    Index index = with_segments(10'000, 1);
    for (std::uint64_t i = 0; i < entries; ++i) index.put_if_room(hash(i), {1, static_cast<std::uint32_t>(i), 100});
    std::uint64_t found = 0;
    for (std::uint64_t i = 0; i < entries; ++i) {
      const auto at = index.find(hash(i));
      if (!at) continue;
      REQUIRE(at->offset == i);
      ++found;
    }
    CHECK(found == index.size());
    CHECK(found >= at_least);
  }
}

TEST_CASE("An entry that made room keeps what is known of it, and can be erased") {
  Index index = with_segments(1'000, 1);
  const Location first{1, 16, 100};
  for (std::uint64_t i = 0; i < 400; ++i) index.put(hash(i), first), index.mark_hit(hash(i));
  for (std::uint64_t i = 400; i < 1'000; ++i) index.put_if_room(hash(i), {1, 32, 100});
  for (std::uint64_t i = 0; i < 400; ++i) CHECK(index.was_hit(hash(i), first));
  for (std::uint64_t i = 0; i < 1'000; ++i) index.erase(hash(i));
  CHECK(index.size() == 0);
  for (std::uint64_t i = 0; i < 1'000; ++i) CHECK_FALSE(index.find(hash(i)));
}

TEST_CASE("Against a plain map: what the index knows is what was put last") {
  std::minstd_rand random(GENERATE(1U, 2U));
  Index index = with_segments(400, 1);
  std::unordered_map<std::uint64_t, Location> newest;
  std::uint32_t number = 1;
  for (int step = 0; step < 100'000; ++step) {
    const std::uint64_t name = hash(random() % 300);
    const auto action = random() % 100;
    if (action == 0) index.begin_segment({.run = 1, .number = ++number});
    if (action == 1) index.drop_segment(number - static_cast<std::uint32_t>(random() % 8));
    if (action < 30) {
      const Location at{number, static_cast<std::uint32_t>(random()), 100};
      if (index.put(name, at))
        newest[name] = at;
      else
        newest.erase(name), index.erase(name);
    } else if (action < 40) {
      index.erase(name);
      newest.erase(name);
    }
    if (const auto at = index.find(name)) {
      REQUIRE(newest.count(name) == 1);
      REQUIRE(*at == newest[name]);
    }
  }
  std::uint64_t found = 0;
  for (const auto& [name, at] : newest) found += index.find(name) ? 1 : 0;
  CHECK(found == index.size());
}

}  // namespace
}  // namespace larder::cache

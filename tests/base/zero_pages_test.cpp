#include "base/zero_pages.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/support/catch.h"

using larder::ZeroPages;

namespace {

// Pages of the array that are in memory: mincore(2).
long resident(ZeroPages<std::uint64_t>& array) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages((array.size() * sizeof(std::uint64_t) + page - 1) / page);
  REQUIRE(::mincore(&array[0], array.size() * sizeof(std::uint64_t), pages.data()) == 0);
  return std::count_if(pages.begin(), pages.end(), [](unsigned char flags) { return (flags & 1) != 0; });
}

}  // namespace

TEST_CASE("Every element is zero at first and holds what was written") {
  ZeroPages<std::uint64_t> array(100'000);
  CHECK(array.size() == 100'000);
  CHECK(array[0] == 0);
  array[99'999] = 7;
  CHECK(array[99'998] == 0);
  CHECK(array[99'999] == 7);
}

TEST_CASE("Only what was written takes memory") {
  ZeroPages<std::uint64_t> array(8 << 20);
  CHECK(resident(array) == 0);
  array[4 << 20] = 1;
  CHECK(resident(array) == 1);
}

TEST_CASE("A moved array has the bytes of the first") {
  ZeroPages<std::uint64_t> first(10);
  first[3] = 5;
  ZeroPages<std::uint64_t> second(std::move(first));
  CHECK(second[3] == 5);
}

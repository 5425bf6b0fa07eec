// The memset(3) of this program: ours in 32-bit ARM code, the C library's elsewhere.
#include <cstring>
#include <string>

#include "tests/support/catch.h"

TEST_CASE("Memory is filled from every alignment in every length, and not a byte beside it") {
  void* (*volatile fill)(void*, int, std::size_t) = std::memset;  // volatile: called, not compiled in
  for (std::size_t start = 0; start < 17; ++start)
    for (std::size_t size = 0; size < 200; ++size) {
      std::string memory(256, 'x');
      REQUIRE(fill(memory.data() + start, 0x100 | 'y', size) == memory.data() + start);
      std::string wanted(256, 'x');
      for (std::size_t i = 0; i < size; ++i) wanted[start + i] = 'y';
      REQUIRE(memory == wanted);
    }
}

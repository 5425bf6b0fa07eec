// The memset(3) of this program: ours in 32-bit ARM code, the C library's elsewhere.
#include <cstring>
#include <string>

#include "tests/support/catch.h"

TEST_CASE("Memory is filled from every alignment in every length, and not a byte beside it") {
  void* (*volatile fill)(void*, int, std::size_t) = std::memset;  // volatile: called, not compiled in
  const auto check = [&](std::size_t start, std::size_t size) {
    std::string memory(start + size + 64, 'x');
    const std::string wanted = std::string(start, 'x') + std::string(size, 'y') + std::string(64, 'x');
    REQUIRE(fill(memory.data() + start, 0x100 | 'y', size) == memory.data() + start);
    REQUIRE(memory == wanted);
  };
  for (std::size_t start = 0; start < 17; ++start) {
    for (std::size_t size = 0; size < 200; ++size) check(start, size);
    for (const std::size_t turns : {512, 1024, 1536, 2048, 16384})
      for (std::size_t size = turns - 9; size < turns + 9; ++size) check(start, size);
  }
}

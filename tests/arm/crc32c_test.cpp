#include "arm/crc32c.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace larder::arm;

namespace {

// The definition, bit by bit: nothing in common with the tables.
std::uint32_t slow_crc32c(const std::uint8_t* bytes, std::size_t size) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (std::size_t i = 0; i < size; ++i)
    for (int bit = 0; bit < 8; ++bit) {
      const std::uint32_t mixed = (crc ^ (std::uint32_t{bytes[i]} >> bit)) & 1;
      crc = (crc >> 1) ^ (mixed != 0 ? 0x82F63B78 : 0);
    }
  return ~crc;
}

std::vector<std::uint8_t> noise(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  std::uint32_t state = 12345;
  for (std::uint8_t& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return bytes;
}

std::vector<Crc32c> all_ways() {
  std::vector<Crc32c> ways{crc32c, crc32c_portable};
  if (const Crc32c way = crc32c_armv8(); way != nullptr) ways.push_back(way);
  return ways;
}

}  // namespace

TEST_CASE("The instructions of ARMv8 are used where the processor has them") {
#if defined(__arm__) || defined(__aarch64__)
  const char* cpu = std::getenv("QEMU_CPU");  // which "./dev arm" sets; on a board any answer may be right
  if (cpu != nullptr) CHECK((crc32c_armv8() != nullptr) == (std::string(cpu) != "cortex-a7"));
#else
  CHECK(crc32c_armv8() == nullptr);
#endif
}

TEST_CASE("The check value of the polynomial is right") { CHECK(crc32c("123456789", 9) == 0xE3069283); }

TEST_CASE("The vectors of RFC 3720 appendix B.4 are right") {
  std::array<std::uint8_t, 32> bytes{};
  CHECK(crc32c(bytes.data(), bytes.size()) == 0x8A9136AA);
  bytes.fill(0xFF);
  CHECK(crc32c(bytes.data(), bytes.size()) == 0x62A8AB43);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  CHECK(crc32c(bytes.data(), bytes.size()) == 0x46DD794E);
  std::reverse(bytes.begin(), bytes.end());
  CHECK(crc32c(bytes.data(), bytes.size()) == 0x113FDB5C);
}

TEST_CASE("Nothing has the checksum zero") { CHECK(crc32c(nullptr, 0) == 0); }

TEST_CASE("Every length at every alignment agrees with the definition") {
  const std::vector<std::uint8_t> bytes = noise(128);
  for (const Crc32c way : all_ways())
    for (std::size_t start = 0; start < 9; ++start)
      for (std::size_t size = 0; size + start <= bytes.size(); ++size)
        REQUIRE(way(bytes.data() + start, size, 0) == slow_crc32c(bytes.data() + start, size));
}

TEST_CASE("A checksum continued over two parts is that of the whole, wherever it is split, whoever computes them") {
  const std::vector<std::uint8_t> bytes = noise(100);
  const std::uint32_t whole = crc32c(bytes.data(), bytes.size());
  for (const Crc32c first : all_ways())
    for (const Crc32c second : all_ways())
      for (std::size_t split = 0; split <= bytes.size(); ++split)
        REQUIRE(second(bytes.data() + split, bytes.size() - split, first(bytes.data(), split, 0)) == whole);
}

TEST_CASE("Every single flipped bit changes the checksum") {
  std::vector<std::uint8_t> bytes = noise(256);
  const std::uint32_t whole = crc32c(bytes.data(), bytes.size());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1u << bit % 8));
    REQUIRE(crc32c(bytes.data(), bytes.size()) != whole);
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1u << bit % 8));
  }
}

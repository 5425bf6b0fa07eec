#include "arm/crc32c.h"

#include <array>

#include "base/bytes.h"

namespace larder::arm {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;

// Eight tables, so that eight bytes cost eight look-ups without waiting for each other ("slicing by 8").
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t table = 1; table < 8; ++table)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[table - 1][byte];
      tables[table][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

std::uint32_t crc32c(const void* bytes, std::size_t size, std::uint32_t crc) {
  const auto* at = static_cast<const std::uint8_t*>(bytes);
  crc = ~crc;
  for (; size >= 8; size -= 8, at += 8) {
    const std::uint32_t low = get_le<std::uint32_t>(at) ^ crc;
    const std::uint32_t high = get_le<std::uint32_t>(at + 4);
    crc = kTables[7][low & 0xFF] ^ kTables[6][(low >> 8) & 0xFF] ^ kTables[5][(low >> 16) & 0xFF] ^
          kTables[4][low >> 24] ^ kTables[3][high & 0xFF] ^ kTables[2][(high >> 8) & 0xFF] ^
          kTables[1][(high >> 16) & 0xFF] ^ kTables[0][high >> 24];
  }
  for (; size > 0; --size, ++at) crc = (crc >> 8) ^ kTables[0][(crc ^ *at) & 0xFF];
  return ~crc;
}

}  // namespace larder::arm

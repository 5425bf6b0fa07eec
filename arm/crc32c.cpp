#include "arm/crc32c.h"

#include <sys/auxv.h>

#include <array>

#include "base/bytes.h"

namespace larder::arm {

#ifdef LARDER_CRC32C_ARMV8
std::uint32_t crc32c_with_instructions(const void* bytes, std::size_t size, std::uint32_t crc);  // crc32c_armv8.cpp
#endif

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

// Linux tells 32-bit programs by another word than 64-bit ones (getauxval(3), arch/arm*/include/uapi/asm/hwcap.h).
[[maybe_unused]] bool has_instructions() {
#if defined(__aarch64__)
  constexpr unsigned long kCrc32 = 1UL << 7;  // HWCAP_CRC32
  return (::getauxval(AT_HWCAP) & kCrc32) != 0;
#else
  constexpr unsigned long kCrc32 = 1UL << 4;  // HWCAP2_CRC32
  return (::getauxval(AT_HWCAP2) & kCrc32) != 0;
#endif
}

}  // namespace

Crc32c crc32c_armv8() {
#ifdef LARDER_CRC32C_ARMV8
  return has_instructions() ? crc32c_with_instructions : nullptr;
#else
  return nullptr;
#endif
}

std::uint32_t crc32c(const void* bytes, std::size_t size, std::uint32_t crc) {
  static const Crc32c best = crc32c_armv8() != nullptr ? crc32c_armv8() : crc32c_portable;
  return best(bytes, size, crc);
}

std::uint32_t crc32c_portable(const void* bytes, std::size_t size, std::uint32_t crc) {
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

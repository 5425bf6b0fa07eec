// CRC32C with the CRC instructions of ARMv8, in 32-bit and in 64-bit code.
//
// This file alone is compiled for that processor, and must run on it alone. So it includes nothing that brings inline
// functions: the linker could take their ARMv8 copies for the whole program, which then would not run on a Pi 2.
// Source: Arm C Language Extensions, "CRC32 intrinsics".
#include <arm_acle.h>
#include <stddef.h>
#include <stdint.h>

namespace larder::arm {

uint32_t crc32c_with_instructions(const void* bytes, size_t size, uint32_t crc) {
  const auto* at = static_cast<const uint8_t*>(bytes);
  crc = ~crc;
  for (; size >= sizeof(uint64_t); size -= sizeof(uint64_t), at += sizeof(uint64_t)) {
    uint64_t word;
    __builtin_memcpy(&word, at, sizeof word);
    crc = __crc32cd(crc, word);  // two instructions in 32-bit code
  }
  for (; size > 0; --size, ++at) crc = __crc32cb(crc, *at);
  return ~crc;
}

}  // namespace larder::arm

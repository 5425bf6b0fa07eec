// CRC32C (Castagnoli, reflected polynomial 0x82F63B78), as iSCSI (RFC 3720) and every modern store use it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace larder::arm {

// Continues `crc` (0 to begin) over the bytes. crc32c("123456789") is 0xE3069283.
std::uint32_t crc32c(const void* bytes, std::size_t size, std::uint32_t crc = 0);

// The same by one way of computing it. The portable one is there on every processor.
using Crc32c = std::uint32_t (*)(const void* bytes, std::size_t size, std::uint32_t crc);
std::uint32_t crc32c_portable(const void* bytes, std::size_t size, std::uint32_t crc);

// With the instructions of ARMv8; nullptr when this processor has none (the Cortex-A7 of a Pi 2, a PC).
Crc32c crc32c_armv8();

}  // namespace larder::arm

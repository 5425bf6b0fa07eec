// CRC32C (Castagnoli, reflected polynomial 0x82F63B78), as iSCSI (RFC 3720) and every modern store use it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace larder::arm {

// Continues `crc` (0 to begin) over the bytes. crc32c("123456789") is 0xE3069283.
std::uint32_t crc32c(const void* bytes, std::size_t size, std::uint32_t crc = 0);

}  // namespace larder::arm

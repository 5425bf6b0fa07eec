// ByteText: numbers of bytes as people say them.
#pragma once

#include <cstdint>
#include <string>

namespace larder {

std::string format_bytes(std::uint64_t bytes);  // "30.8 GB", powers of 1000 as on the packet

}  // namespace larder

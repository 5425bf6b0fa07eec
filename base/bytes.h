// Little-endian integers in byte buffers, one by one: no struct is ever an image on disk.
// Callers have checked that the buffer holds the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace larder {

template <class Int>
void put_le(std::uint8_t* to, Int value) {
  auto bits = static_cast<std::make_unsigned_t<Int>>(value);
  for (std::size_t i = 0; i < sizeof(Int); ++i) to[i] = static_cast<std::uint8_t>(bits >> (8 * i));
}

template <class Int>
Int get_le(const std::uint8_t* from) {
  std::make_unsigned_t<Int> bits = 0;
  for (std::size_t i = 0; i < sizeof(Int); ++i)
    bits = static_cast<std::make_unsigned_t<Int>>(bits | static_cast<std::make_unsigned_t<Int>>(from[i]) << (8 * i));
  return static_cast<Int>(bits);
}

}  // namespace larder

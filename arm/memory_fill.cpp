// memset(3) for 32-bit ARM, in the place of the C library's: the symbol must be in the executable itself, then the
// libraries take it too.
//
// libmicrohttpd clears the memory of a connection at every request, 16 KiB of it. Debian's C library for armhf takes
// 0.43 instructions a byte for that, this 0.17 (figures in arm/README.md). Raspbian preloads a library with its own for
// the same reason; Debian has none to offer. Not for 64-bit ARM: its C library clears whole cache lines.
#include <stddef.h>
#include <stdint.h>

using Word __attribute__((may_alias)) = uint64_t;

// Without the attribute the compiler sees that this is memset(), and calls it.
extern "C" __attribute__((optimize("no-tree-loop-distribute-patterns"))) void* memset(void* to, int value,
                                                                                      size_t size) {
  const auto byte = static_cast<uint8_t>(value);
  auto* at = static_cast<uint8_t*>(to);
  for (; size > 0 && reinterpret_cast<uintptr_t>(at) % 8 != 0; --size) *at++ = byte;
  // Eight bytes a store is what a Cortex-A7 can take in a cycle, with or without NEON.
  const Word word = Word{byte} * 0x0101010101010101U;
  for (; size >= 64; size -= 64, at += 64) {
    auto* words = reinterpret_cast<Word*>(at);
    words[0] = words[1] = words[2] = words[3] = word;
    words[4] = words[5] = words[6] = words[7] = word;
  }
  for (; size > 0; --size) *at++ = byte;
  return to;
}

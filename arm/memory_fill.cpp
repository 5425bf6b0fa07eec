// memset(3) for 32-bit ARM, in the place of the C library's: the symbol must be in the executable itself, then the
// libraries take it too.
//
// libmicrohttpd clears 24 KiB a request (the connection's memory, half of it twice). Debian's C library for armhf needs
// 0.29 instructions a byte for that, this 0.08 (figures in arm/README.md). Raspbian preloads a library with its own
// memset for the same reason; Debian has none to offer. Not for 64-bit ARM: its C library clears whole cache lines.
#include <stddef.h>
#include <stdint.h>

namespace {

using Word __attribute__((may_alias)) = uint32_t;

constexpr size_t kTurn = 64;

// `blocks` turns of 64 bytes; `to` lies on a word boundary. Eight words an instruction: the compiler has no way to say
// it.
uint8_t* fill_blocks(uint8_t* to, Word word, size_t blocks) {
  asm volatile(
      "mov r3, %2\n mov r4, %2\n mov r5, %2\n mov r6, %2\n mov r8, %2\n mov r9, %2\n mov r10, %2\n mov r12, %2\n"
      "1: stmia %0!, {r3, r4, r5, r6, r8, r9, r10, r12}\n"
      "stmia %0!, {r3, r4, r5, r6, r8, r9, r10, r12}\n"
      "subs %1, %1, #1\n"
      "bne 1b\n"
      : "+&r"(to), "+&r"(blocks)
      : "r"(word)
      : "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r12", "cc", "memory");
  return to;
}

}  // namespace

// Without the attribute the compiler sees that this is memset(), and calls it.
extern "C" __attribute__((optimize("no-tree-loop-distribute-patterns"))) void* memset(void* to, int value,
                                                                                      size_t size) {
  const auto byte = static_cast<uint8_t>(value);
  const Word word = byte * 0x01010101U;
  auto* at = static_cast<uint8_t*>(to);
  for (; size > 0 && reinterpret_cast<uintptr_t>(at) % sizeof(Word) != 0; --size) *at++ = byte;
  if (size >= kTurn) at = fill_blocks(at, word, size / kTurn), size %= kTurn;
  for (; size >= sizeof(Word); size -= sizeof(Word), at += sizeof(Word)) *reinterpret_cast<Word*>(at) = word;
  for (; size > 0; --size) *at++ = byte;
  return to;
}

// memset(3) for 32-bit ARM, in the place of the C library's: the symbol must be in the executable itself, then the
// libraries take it too.
//
// libmicrohttpd clears 24 KiB a request (the connection's memory, half of it twice). Debian's C library for armhf needs
// 0.29 instructions a byte for that, this 0.02 (figures in arm/README.md). Raspbian preloads a library with its own
// memset for the same reason; Debian has none to offer. Not for 64-bit ARM: its C library clears whole cache lines.
#include <stddef.h>
#include <stdint.h>

namespace {

constexpr size_t kPiece = 16, kTurn = 64, kLongTurn = 512;

// The processor stores words anywhere, aligned or not.
void store_word(uint8_t* to, uint32_t word) { __builtin_memcpy(to, &word, sizeof word); }

void store_piece(uint8_t* to, uint32_t word) {
  for (size_t at = 0; at < kPiece; at += sizeof word) store_word(to + at, word);
}

// Fewer bytes than a piece: two stores that may overlap.
void fill_few(uint8_t* to, uint32_t word, size_t size) {
  uint8_t* const end = to + size;
  if (size >= 8) {
    store_word(to, word), store_word(to + 4, word);
    store_word(end - 8, word), store_word(end - 4, word);
  } else if (size >= 4) {
    store_word(to, word), store_word(end - 4, word);
  } else if (size > 0) {
    to[0] = to[size / 2] = end[-1] = static_cast<uint8_t>(word);
  }
}

// `turns` times 64 bytes; `to` lies on a word boundary. The compiler has no way to say it: eight double registers of
// the floating-point unit an instruction (every armhf has 16 of them; 0 to 7 belong to nobody across a call).
uint8_t* fill_turns(uint8_t* to, uint32_t word, size_t turns) {
  asm volatile(
      "vmov d0, %2, %2\n vmov.f64 d1, d0\n vmov.f64 d2, d0\n vmov.f64 d3, d0\n"
      "vmov.f64 d4, d0\n vmov.f64 d5, d0\n vmov.f64 d6, d0\n vmov.f64 d7, d0\n"
      "1: vstmia %0!, {d0-d7}\n"
      "subs %1, %1, #1\n"
      "bne 1b\n"
      : "+&r"(to), "+&r"(turns)
      : "r"(word)
      : "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "cc", "memory");
  return to;
}

// The same with all sixteen, 512 bytes a turn. A function of its own: it has to save eight of them.
__attribute__((noinline)) uint8_t* fill_long_turns(uint8_t* to, uint32_t word, size_t turns) {
  asm volatile(
      "vmov d0, %2, %2\n vmov.f64 d1, d0\n vmov.f64 d2, d0\n vmov.f64 d3, d0\n"
      "vmov.f64 d4, d0\n vmov.f64 d5, d0\n vmov.f64 d6, d0\n vmov.f64 d7, d0\n"
      "vmov.f64 d8, d0\n vmov.f64 d9, d0\n vmov.f64 d10, d0\n vmov.f64 d11, d0\n"
      "vmov.f64 d12, d0\n vmov.f64 d13, d0\n vmov.f64 d14, d0\n vmov.f64 d15, d0\n"
      "1: vstmia %0!, {d0-d15}\n vstmia %0!, {d0-d15}\n vstmia %0!, {d0-d15}\n vstmia %0!, {d0-d15}\n"
      "subs %1, %1, #1\n"
      "bne 1b\n"
      : "+&r"(to), "+&r"(turns)
      : "r"(word)
      : "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d10", "d11", "d12", "d13", "d14", "d15", "cc",
        "memory");
  return to;
}

}  // namespace

// Without the attribute the compiler sees that this is memset(), and calls it.
extern "C" __attribute__((optimize("no-tree-loop-distribute-patterns"))) void* memset(void* to, int value,
                                                                                      size_t size) {
  const uint32_t word = static_cast<uint8_t>(value) * 0x01010101U;
  auto* at = static_cast<uint8_t*>(to);
  if (size < kPiece) {
    fill_few(at, word, size);
    return to;
  }
  uint8_t* const end = at + size;
  if (size >= kTurn + sizeof word) {
    store_word(at, word);
    at += sizeof word - reinterpret_cast<uintptr_t>(at) % sizeof word;
    if (size >= 2 * kLongTurn) at = fill_long_turns(at, word, static_cast<size_t>(end - at) / kLongTurn);
    if (const size_t turns = static_cast<size_t>(end - at) / kTurn; turns > 0) at = fill_turns(at, word, turns);
  }
  for (; end - at > static_cast<ptrdiff_t>(kPiece); at += kPiece) store_piece(at, word);
  store_piece(end - kPiece, word);
  return to;
}

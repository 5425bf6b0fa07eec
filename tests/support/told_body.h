// Told bodies: a page whose every byte follows from its number, its version and its length, so that any wrong byte is
// seen. The fake worker makes them (/told/NUMBER); half of each is noise in hex, so that compression finds something.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace larder::testing {

// SplitMix64 (Steele, Lea, Flood 2014).
inline std::uint64_t scramble(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

inline std::string told_body(std::uint64_t number, std::uint64_t version, std::size_t length) {
  std::string text = "<p>page " + std::to_string(number) + " version " + std::to_string(version) + " length " +
                     std::to_string(length) + "</p>\n";
  constexpr std::string_view kHex = "0123456789abcdef", kRest = "<p class=\"entry-content\"></p>\n";
  std::uint64_t state = scramble(number * 1'000'003 + version);
  while (text.size() < length) {
    state = scramble(state);
    for (int shift = 0; shift < 64; shift += 2) text.push_back(kHex[(state >> shift) & 15]);
    text.append(kRest);
  }
  text.resize(length);
  return text;
}

// The length that a page has in a version: 1 to 40 KB, as pages have.
inline std::size_t told_length(std::uint64_t number, std::uint64_t version) {
  return 1000 + scramble(number ^ (version << 32)) % 40'000;
}

// The version of the page in exactly these bytes; 0 when anything in them is wrong. Versions begin with 1.
inline std::uint64_t told_version(std::uint64_t number, const std::string& body) {
  const std::string_view mark = " version ";
  const std::size_t at = body.find(mark);
  if (at == std::string::npos || at > 100) return 0;
  const std::uint64_t version = std::strtoull(body.c_str() + at + mark.size(), nullptr, 10);
  return body == told_body(number, version, told_length(number, version)) ? version : 0;
}

}  // namespace larder::testing

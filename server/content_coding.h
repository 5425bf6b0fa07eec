// ContentCoding: gzip and brotli, of whole texts in memory. The only file that includes their libraries.
//
// gzip is libdeflate's: here it makes the gzip 6 of zlib in 0.4 of its time, and inflates in 0.6 of it. Measured on the
// front page of a WordPress (52,496 bytes), milliseconds of one core: gzip 6 9,975 bytes in 0.29, gzip 12 9,674 in
// 8.3; brotli 5 9,246 in 0.59, brotli 11 8,430 in 46; to inflate gzip 0.03.
// Threads: safe from any; each call has its own state. May take long: never on an HTTP loop, but for decode() of
// little.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cache/bodies.h"

namespace larder::server {

enum class Effort {
  quick,  // gzip 6, brotli 5
  best,   // gzip 12, brotli 11: thirty to eighty times the time for about a tenth less
};

// nullopt when there is no memory for it.
std::optional<std::string> encode(cache::Coding coding, std::string_view text, Effort effort);

// nullopt when `bytes` are not exactly one whole text in that coding, or one of more than `longest` bytes.
std::optional<std::string> decode(cache::Coding coding, std::string_view bytes, std::uint64_t longest);

}  // namespace larder::server

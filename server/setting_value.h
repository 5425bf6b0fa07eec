// Values of settings: from text to the types of Settings. Pure; errors say what would be accepted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "server/endpoint.h"
#include "server/settings.h"

namespace larder::server {

// Smallest and largest accepted value: bytes, milliseconds or a plain number. {0, 0}: the setting has no range.
struct Range {
  std::uint64_t min = 0, max = 0;
};

// Binary units, for ranges and tests.
constexpr std::uint64_t kKiB = 1024, kMiB = 1024 * kKiB, kGiB = 1024 * kMiB;

Result<unsigned> parse_number(std::string_view text, Range range);
Result<std::uint64_t> parse_size(std::string_view text, Range range);  // bytes; "64M": K, M, G are powers of 1024
Result<Millis> parse_duration(std::string_view text, Range range);     // "10m": ms s m h d, always with its unit

std::string format_size(std::uint64_t bytes);       // in the largest unit that leaves a whole number: "64M"
std::string format_duration(std::uint64_t millis);  // the same for times: "10m"

// Words separated by blanks and commas.
std::vector<std::string> split_words(std::string_view text);

Result<std::vector<Network>> parse_networks(std::string_view text);        // words: "192.0.2.0/24", "::1", "unix:"
Result<ListenAddress> parse_listen_address(std::string_view text);         // see settings_table.cpp, server.listen
Result<std::vector<ListenAddress>> parse_listen(std::string_view text);    // words, at least one
Result<std::vector<std::string>> parse_paths(std::string_view text);       // words that begin with '/' or '*'
Result<std::vector<std::string>> parse_file_names(std::string_view text);  // words without '/'
Result<std::vector<std::string>> parse_hosts(std::string_view text);       // globs over host names, in lower case
Result<std::string> parse_printable(std::string_view text);                // may stand in a response field
Result<std::string> parse_php_version(std::string_view text);              // "auto", "8.2", "/opt/php/sbin/php-fpm"

// "Name: value", several separated by " | "; names that Larder itself answers for are refused.
Result<std::vector<std::pair<std::string, std::string>>> parse_headers(std::string_view text);

// One of the words, which are separated by blanks: its index.
Result<std::size_t> parse_choice(std::string_view text, std::string_view words);

}  // namespace larder::server

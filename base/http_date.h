// Dates of HTTP: IMF-fixdate out; all three forms in (RFC 9110 section 5.6.7). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace larder {

std::string format_http_date(std::int64_t unix_seconds);
std::optional<std::int64_t> parse_http_date(std::string_view text);  // seconds since 1970

}  // namespace larder

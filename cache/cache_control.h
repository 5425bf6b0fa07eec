// CacheControl: the directives of Cache-Control as values (RFC 9111 section 5.2, RFC 5861, RFC 8246). Pure.
//
// Directives are tokens with an optional token or quoted string, compared without case; unknown ones and garbage are
// skipped up to the next comma. Of a directive given twice the first counts (section 4.2.1). Requests and responses
// have one parser: a directive that means nothing in one of them is not looked at there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/field.h"

namespace larder::cache {

struct Directive {
  std::string_view name;  // as sent
  std::string value;      // unquoted
  bool has_value = false;
};

// Takes the next directive off the front of `rest`; false when none is left.
bool next_directive(std::string_view& rest, Directive& directive);

// delta-seconds (section 1.2.2): saturates at 2^31; nullopt when it is not digits only.
inline constexpr std::int64_t kLongestDelta = std::int64_t{1} << 31;
std::optional<std::int64_t> parse_delta_seconds(std::string_view text);

// Seconds are never negative. Where a lifetime is missing or not a number it counts as 0: section 4.2.1 wants such a
// response to be stale.
struct CacheControl {
  using Seconds = std::optional<std::int64_t>;

  bool no_store = false;
  bool no_cache = false;    // without field names
  bool is_private = false;  // likewise
  bool is_public = false;
  bool must_revalidate = false;
  bool proxy_revalidate = false;
  bool must_understand = false;
  bool immutable = false;
  bool no_transform = false;
  // no-cache="a, b" and private="a": these fields are not kept with the page (sections 5.2.2.4 and 5.2.2.7).
  std::vector<std::string> withheld;
  Seconds max_age, s_maxage, stale_while_revalidate, stale_if_error;

  // Of requests. max_stale without a value is kLongestDelta.
  bool only_if_cached = false;
  Seconds max_stale, min_fresh;
};

// `text` is the field's value; several field lines are joined with commas.
CacheControl parse_cache_control(std::string_view text);

// All lines of the field as one list (RFC 9110 section 5.3).
std::string combined_field(const Fields& fields, std::string_view name);

// What a request asks of a cache: `cache_control` and `pragma` are its fields, empty when it has none. "Pragma:
// no-cache" counts where there is no Cache-Control (section 5.4).
CacheControl request_control(std::string_view cache_control, std::string_view pragma);

}  // namespace larder::cache

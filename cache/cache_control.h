// CacheControl: the directives of Cache-Control as values (RFC 9111 section 5.2). Pure.
//
// Directives are tokens with an optional token or quoted string, compared without case; unknown ones and garbage are
// skipped up to the next comma. Of a directive given twice the first counts (section 4.2.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace larder::cache {

struct Directive {
  std::string_view name;  // as sent
  std::string value;      // unquoted
  bool has_value = false;
};

// Takes the next directive off the front of `rest`; false when none is left.
bool next_directive(std::string_view& rest, Directive& directive);

// delta-seconds (section 1.2.2): saturates at 2^31; nullopt when it is not digits only.
std::optional<std::int64_t> parse_delta_seconds(std::string_view text);

struct CacheControl {
  bool no_store = false;
  bool no_cache = false;    // also with field names: this cache does not serve part of a head
  bool is_private = false;  // likewise
  bool is_public = false;
  bool must_revalidate = false;
  // Seconds. A value that is missing or not a number counts as 0: section 4.2.1 wants such a response to be stale.
  std::optional<std::int64_t> max_age, s_maxage;
};

// `text` is the field's value; several field lines are joined with commas.
CacheControl parse_cache_control(std::string_view text);

}  // namespace larder::cache

// ResponseControl: what a response says to this cache, wherever it says it. Pure.
//
// Fields that are meant for caches like this one go before Cache-Control and Expires (RFC 9213 section 2.1):
// CDN-Cache-Control, then Surrogate-Control (the older field of Edge Architecture 1.0), then what everybody reads. They
// are kept with the page, since the page is judged by them again, and not sent on.
#pragma once

#include <optional>
#include <string_view>

#include "base/field.h"
#include "cache/cache_control.h"

namespace larder::cache {

struct ResponseControl {
  std::string_view source;  // the field it was read from, static text; empty: there was none
  CacheControl directives;
  bool expires_counts = true;  // false: a targeted field speaks, so Expires does not (RFC 9213 section 2.1)
};

ResponseControl response_control(const Fields& fields);

// A field between the site and this cache, which no client gets.
bool is_for_this_cache_only(std::string_view name);

}  // namespace larder::cache

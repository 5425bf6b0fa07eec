// Freshness: may a shared cache store this response, and for how long is it fresh (RFC 9111 sections 3 and 4.2). Pure.
//
// First form, on the safe side: what would need revalidation (no-cache), variants (Vary) or another coding
// (Content-Encoding) is not stored at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/field.h"

namespace larder::cache {

// For responses that do not say how long they are fresh. Seconds.
struct FreshnessPolicy {
  std::optional<std::int64_t> default_ttl = 600;  // pages (200, 203); nullopt: what is not declared is not stored
  std::int64_t short_ttl = 30;                    // redirects and pages that are not there
};

struct StoreDecision {
  bool storable = false;
  std::string_view reason;    // why not, for the detail of Cache-Status: static text, empty when storable
  std::int64_t lifetime = 0;  // seconds
  Millis created = 0;         // Page::created
};

// `fields` are the response's as PHP sent them, `now` the wall clock when it came. `authorized`: the request had an
// Authorization field, so only a response that allows it explicitly is stored (section 3.5).
StoreDecision decide(int status, const Fields& fields, const FreshnessPolicy& policy, Millis now,
                     bool authorized = false);

}  // namespace larder::cache

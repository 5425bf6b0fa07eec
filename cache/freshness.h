// Freshness: may a shared cache store this response, and for how long is it fresh (RFC 9111 sections 3 and 4.2). Pure.
//
// Stored is what can be of use later: what is fresh for a while, what PHP can be asked about with a validator, and what
// may be used stale. What is fresh for no time has a lifetime of 0, so that a page says by its times alone whether it
// may be sent without another thought.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/field.h"
#include "cache/response_control.h"

namespace larder::cache {

// For responses that do not say how long they are fresh. Seconds.
struct FreshnessPolicy {
  std::optional<std::int64_t> default_ttl = 600;  // pages (200, 203); nullopt: what is not declared is not stored
  std::int64_t short_ttl = 30;                    // redirects and pages that are not there
};

// A response as PHP gave it.
struct Received {
  int status = 200;
  const Fields& fields;
  Millis now = 0;                 // wall clock, when its head came
  Millis delay = 0;               // since PHP was asked; part of its age (section 4.2.3)
  bool authorized = false;        // the request had an Authorization field (section 3.5)
  bool request_no_store = false;  // it had no-store (section 5.2.1.5)
};

struct StoreDecision {
  bool storable = false;
  std::string_view reason;                 // why not, for the detail of Cache-Status: static text, empty when storable
  std::int64_t lifetime = 0;               // seconds
  Millis created = 0;                      // Page::created
  std::vector<std::string> withheld = {};  // names of fields that are not stored with it
};

StoreDecision decide(const Received& response, const FreshnessPolicy& policy);

// The freshness lifetime that the response declares, in seconds (section 4.2.1), or nullopt; `now` stands for a Date
// that is missing. An Expires that is no date means "already expired" (section 5.3).
std::optional<std::int64_t> declared_lifetime(const Fields& fields, const ResponseControl& control, Millis now);

}  // namespace larder::cache

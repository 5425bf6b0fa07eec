// Reuse: may a stored page answer this request now (RFC 9111 sections 4.2.4 and 5.2.1, RFC 5861). Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "cache/cache_control.h"
#include "cache/page.h"

namespace larder::cache {

// How long a page may be used stale where its response says nothing about that. Seconds.
struct StalePolicy {
  // Only of pages whose lifetime is ours (FreshnessPolicy): who declares when a page ends means it.
  std::int64_t while_revalidate = 3'600;
  std::int64_t if_error = 86'400;
};

// So many times as long, and at least that many seconds; what is off stays off.
StalePolicy longer(const StalePolicy& policy, int factor, std::int64_t at_least);

struct Reuse {
  enum class Verdict {
    hit,              // send it
    hit_and_refresh,  // send it, and have one render make it anew
    ask,              // PHP has to be asked first
  };
  Verdict verdict = Verdict::ask;
  bool if_error = false;       // ask: send it all the same when PHP has no answer (RFC 5861 section 4)
  std::string_view why = {};   // ask: "stale" or "request", the parameter fwd of Cache-Status (RFC 9211 section 2.2)
  std::string_view rule = {};  // the directive that decided, for people: static text
};

// `request` is what request_control() made of the request's fields.
Reuse judge_reuse(const Page& page, const CacheControl& request, const StalePolicy& policy, Millis now);

}  // namespace larder::cache

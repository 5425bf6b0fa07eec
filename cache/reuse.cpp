#include "cache/reuse.h"

#include <algorithm>

#include "cache/freshness.h"
#include "cache/response_control.h"

namespace larder::cache {
namespace {

// What forbids to use it stale, whoever would like to (section 4.2.4); s-maxage means proxy-revalidate as well (section
// 5.2.2.10).
std::string_view stale_forbidden_by(const CacheControl& response) {
  if (response.no_cache) return "no-cache";
  if (response.must_revalidate) return "must-revalidate";
  if (response.proxy_revalidate) return "proxy-revalidate";
  if (response.s_maxage) return "s-maxage";
  return {};
}

// What the client does not want although it is fresh, or would be good enough.
std::string_view refused_by_client(const CacheControl& request, std::int64_t age, std::int64_t ttl) {
  if (request.no_cache) return "no-cache";
  if (request.max_age && age > *request.max_age) return "max-age";
  if (request.min_fresh && ttl < *request.min_fresh) return "min-fresh";
  return {};
}

struct Grants {
  std::int64_t while_revalidate, if_error;
};

// A page that ends before its declared lifetime does was made stale by a purge: that is no word of its response.
Grants grants_of(const Page& page, const ResponseControl& control, const StalePolicy& policy) {
  const auto declared = declared_lifetime(page.fields, control, page.created);
  const bool ends_as_declared = declared && page.lifetime >= *declared;
  return {.while_revalidate =
              control.directives.stale_while_revalidate.value_or(ends_as_declared ? 0 : policy.while_revalidate),
          .if_error = control.directives.stale_if_error.value_or(policy.if_error)};
}

}  // namespace

StalePolicy longer(const StalePolicy& policy, int factor, std::int64_t at_least) {
  const auto stretched = [&](std::int64_t time) { return time == 0 ? 0 : std::max(time * factor, at_least); };
  return {.while_revalidate = stretched(policy.while_revalidate), .if_error = stretched(policy.if_error)};
}

Reuse judge_reuse(const Page& page, const CacheControl& request, const StalePolicy& policy, Millis now) {
  using Verdict = Reuse::Verdict;
  const std::int64_t age = page.age_at(now), ttl = page.lifetime - age;
  const std::string_view refused = refused_by_client(request, age, ttl);
  if (ttl > 0 && refused.empty()) return {.verdict = Verdict::hit, .rule = "fresh"};

  const ResponseControl control = response_control(page.fields);
  const std::string_view forbidden = stale_forbidden_by(control.directives);
  const Grants grants = grants_of(page, control, policy);
  const std::int64_t staleness = -ttl;
  const bool if_error = ttl > 0 || (forbidden.empty() && staleness <= grants.if_error);
  if (!refused.empty()) return {.if_error = if_error, .why = "request", .rule = refused};
  if (!forbidden.empty()) return {.why = "stale", .rule = forbidden};
  if (request.max_stale && staleness <= *request.max_stale)
    return {.verdict = Verdict::hit_and_refresh, .rule = "max-stale"};
  // Who says how old a page may be does not want a stale one (section 5.2.1.1).
  if (!request.max_age && staleness <= grants.while_revalidate && grants.while_revalidate > 0)
    return {.verdict = Verdict::hit_and_refresh, .rule = "stale-while-revalidate"};
  return {.if_error = if_error, .why = "stale", .rule = "expired"};
}

}  // namespace larder::cache

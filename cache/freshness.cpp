#include "cache/freshness.h"

#include <algorithm>
#include <string>

#include "base/http_date.h"
#include "cache/encoding.h"
#include "cache/validators.h"
#include "cache/vary.h"

namespace larder::cache {
namespace {

constexpr std::int64_t kHeuristicDivisor = 10;  // of the time since the last modification (section 4.2.2)

template <std::size_t n>
bool is_one_of(int status, const int (&statuses)[n]) {
  return std::find(std::begin(statuses), std::end(statuses), status) != std::end(statuses);
}

bool is_page(int status) { return status == 200 || status == 203; }
bool is_short_lived(int status) { return is_one_of(status, {301, 302, 307, 308, 404, 410}); }

// Statuses whose meaning for a cache is known here (section 3). 206 and 304 are not stored: they are parts and news of
// a response, and Larder asks PHP for whole ones.
bool is_understood(int status) {
  return is_one_of(status, {200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 421, 451, 501});
}
bool is_final(int status) { return status >= 200 && status <= 599 && status != 206 && status != 304; }

bool is_withheld(const CacheControl& control, std::string_view name) {
  return std::any_of(control.withheld.begin(), control.withheld.end(),
                     [&](const std::string& other) { return equals_ignoring_case(name, other); });
}

std::string_view why_forbidden(const Received& response, const CacheControl& control) {
  if (!is_final(response.status)) return "status";
  if (response.request_no_store) return "request-no-store";
  // must-understand takes the place of no-store where the status is understood (section 5.2.2.3).
  if (control.must_understand && !is_understood(response.status)) return "status";
  if (control.no_store && !control.must_understand) return "no-store";
  if (control.is_private) return "private";
  if (response.authorized && !control.is_public && !control.must_revalidate && !control.s_maxage)
    return "authorization";
  if (find_field(response.fields, "Set-Cookie") != nullptr && !is_withheld(control, "Set-Cookie")) return "set-cookie";
  if (vary_of(response.fields).on_everything) return "vary";
  // What we cannot decode is only for who asked for it so.
  const std::string* encoding = find_field(response.fields, "Content-Encoding");
  if (encoding != nullptr && !coding_named(*encoding)) return "encoded";
  return {};
}

std::optional<std::int64_t> date_field(const Fields& fields, std::string_view name) {
  const std::string* text = find_field(fields, name);
  return text != nullptr ? parse_http_date(*text) : std::nullopt;
}

std::int64_t seconds_since_modification(const Received& response) {
  const auto modified = date_field(response.fields, "Last-Modified");
  return modified ? std::max<std::int64_t>(0, response.now / 1000 - *modified) : -1;
}

// Section 4.2.2: where a page tells when it was changed, it is not taken for fresh longer than a tenth of that time;
// but never less than the short time, since many scripts say "changed just now" of everything.
std::optional<std::int64_t> default_lifetime(const Received& response, const FreshnessPolicy& policy) {
  if (!policy.default_ttl) return std::nullopt;
  if (is_short_lived(response.status)) return policy.short_ttl;
  if (!is_page(response.status)) return std::nullopt;
  const std::int64_t unchanged = seconds_since_modification(response);
  if (unchanged < 0) return policy.default_ttl;
  const std::int64_t heuristic = std::max(policy.short_ttl, unchanged / kHeuristicDivisor);
  return std::min(*policy.default_ttl, heuristic);
}

// Section 4.2.3, in milliseconds.
Millis initial_age(const Received& response) {
  const std::string* text = find_field(response.fields, "Age");
  const Millis age_value = text != nullptr ? parse_delta_seconds(*text).value_or(0) * 1000 : 0;
  const auto date = date_field(response.fields, "Date");
  const Millis apparent_age = date ? std::max<Millis>(0, (response.now / 1000 - *date) * 1000) : 0;
  return std::max(apparent_age, age_value + std::max<Millis>(0, response.delay));
}

bool may_be_used_stale(const CacheControl& control) {
  return control.stale_while_revalidate.value_or(0) > 0 || control.stale_if_error.value_or(0) > 0;
}

}  // namespace

std::optional<std::int64_t> declared_lifetime(const Fields& fields, const ResponseControl& control, Millis now) {
  if (control.directives.s_maxage) return control.directives.s_maxage;
  if (control.directives.max_age) return control.directives.max_age;
  const std::string* expires = control.expires_counts ? find_field(fields, "Expires") : nullptr;
  if (expires == nullptr) return std::nullopt;
  const auto expires_at = parse_http_date(*expires);
  if (!expires_at) return 0;
  return std::max<std::int64_t>(0, *expires_at - date_field(fields, "Date").value_or(now / 1000));
}

StoreDecision decide(const Received& response, const FreshnessPolicy& policy) {
  ResponseControl control = response_control(response.fields);
  CacheControl& directives = control.directives;
  if (const auto reason = why_forbidden(response, directives); !reason.empty()) return {.reason = reason};
  auto lifetime = declared_lifetime(response.fields, control, response.now);
  if (!lifetime && !directives.no_cache) lifetime = default_lifetime(response, policy);
  if (!lifetime && !directives.no_cache) return {.reason = "no-lifetime"};
  if (directives.no_cache) lifetime = 0;
  const Millis age = initial_age(response);
  const bool fresh = *lifetime > age / 1000;
  const bool useful =
      fresh || can_be_validated(response.fields) || (!directives.no_cache && may_be_used_stale(directives));
  if (!useful) return {.reason = directives.no_cache ? "no-cache" : "expired"};
  return {.storable = true,
          .reason = {},
          .lifetime = *lifetime,
          .created = response.now - age,
          .withheld = std::move(directives.withheld)};
}

}  // namespace larder::cache

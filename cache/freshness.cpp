#include "cache/freshness.h"

#include <algorithm>
#include <string>

#include "base/http_date.h"
#include "cache/cache_control.h"

namespace larder::cache {
namespace {

bool is_page(int status) { return status == 200 || status == 203; }

bool is_short_lived(int status) {
  constexpr int kStatuses[] = {301, 302, 307, 308, 404, 410};
  return std::find(std::begin(kStatuses), std::end(kStatuses), status) != std::end(kStatuses);
}

bool is_storable_status(int status) { return is_page(status) || status == 300 || is_short_lived(status); }

// All lines of the field as one list (RFC 9110 section 5.3).
std::string combined(const Fields& fields, std::string_view name) {
  std::string list;
  for (const Field& field : fields) {
    if (!equals_ignoring_case(field.name, name)) continue;
    if (!list.empty()) list.append(", ");
    list.append(field.value);
  }
  return list;
}

bool varies(const Fields& fields) {
  const std::string list = combined(fields, "Vary");
  constexpr std::string_view kSpace = " \t,";
  for (std::size_t begin = list.find_first_not_of(kSpace); begin < list.size();) {
    const std::size_t end = std::min(list.find_first_of(kSpace, begin), list.size());
    if (!equals_ignoring_case(std::string_view(list).substr(begin, end - begin), "Accept-Encoding")) return true;
    begin = list.find_first_not_of(kSpace, end);
  }
  return false;
}

std::string_view why_forbidden(int status, const Fields& fields, const CacheControl& control, bool authorized) {
  if (!is_storable_status(status)) return "status";
  if (control.no_store) return "no-store";
  if (control.is_private) return "private";
  if (control.no_cache) return "no-cache";
  if (authorized && !control.is_public && !control.must_revalidate && !control.s_maxage) return "authorization";
  if (find_field(fields, "Set-Cookie")) return "set-cookie";
  if (varies(fields)) return "vary";
  if (find_field(fields, "Content-Encoding")) return "encoded";
  return {};
}

// Section 4.2.1. An Expires that is no date means "already expired" (section 5.3).
std::optional<std::int64_t> declared_lifetime(const Fields& fields, const CacheControl& control, Millis now) {
  if (control.s_maxage) return control.s_maxage;
  if (control.max_age) return control.max_age;
  const std::string* expires = find_field(fields, "Expires");
  if (!expires) return std::nullopt;
  const auto expires_at = parse_http_date(*expires);
  if (!expires_at) return 0;
  const std::string* date = find_field(fields, "Date");
  const auto date_at = date ? parse_http_date(*date) : std::nullopt;
  return *expires_at - date_at.value_or(now / 1000);
}

std::optional<std::int64_t> default_lifetime(int status, const FreshnessPolicy& policy) {
  if (!policy.default_ttl) return std::nullopt;
  if (is_page(status)) return policy.default_ttl;
  if (is_short_lived(status)) return policy.short_ttl;
  return std::nullopt;
}

}  // namespace

StoreDecision decide(int status, const Fields& fields, const FreshnessPolicy& policy, Millis now, bool authorized) {
  const CacheControl control = parse_cache_control(combined(fields, "Cache-Control"));
  if (const auto reason = why_forbidden(status, fields, control, authorized); !reason.empty())
    return {.reason = reason};
  auto lifetime = declared_lifetime(fields, control, now);
  if (!lifetime) lifetime = default_lifetime(status, policy);
  if (!lifetime) return {.reason = "no-lifetime"};
  const std::string* age_text = find_field(fields, "Age");
  const std::int64_t age = age_text ? parse_delta_seconds(*age_text).value_or(0) : 0;
  if (*lifetime <= age) return {.reason = "expired"};
  return {.storable = true, .reason = {}, .lifetime = *lifetime, .created = now - age * 1000};
}

}  // namespace larder::cache

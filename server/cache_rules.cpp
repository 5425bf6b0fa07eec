#include "server/cache_rules.h"

#include "base/field.h"

namespace larder::server {
namespace {

// Calls `visit` with the name of each "name=value" in a list, until it says true.
template <class Visit>
bool any_name(std::string_view list, char separator, Visit visit) {
  while (!list.empty()) {
    const auto end = list.find(separator);
    std::string_view pair = list.substr(0, end);
    list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    const std::string_view name = pair.substr(0, pair.find('='));
    if (!name.empty() && visit(name)) return true;
  }
  return false;
}

bool has_bypass_cookie(const CacheRules& rules, const RequestHead& head) {
  for (const FieldView& field : head.fields)
    if (equals_ignoring_case(field.name, "Cookie") &&
        any_name(field.value, ';', [&](std::string_view name) { return rules.bypass_cookies.matches(name); }))
      return true;
  return false;
}

}  // namespace

GlobSet path_globs(std::vector<std::string> beginnings) {
  for (std::string& beginning : beginnings) beginning += '*';
  return GlobSet(beginnings);
}

std::string_view bypass_reason(const CacheRules& rules, const RequestHead& head, const Target& target,
                               const Framing& framing, bool known_host) {
  if (head.method != "GET" && head.method != "HEAD") return "method";
  if (framing.has_body()) return "body";
  if (!known_host) return "unknown-host";
  if (head.field("Authorization").data() != nullptr) return "authorization";
  if (rules.bypass_paths.matches(target.file_path)) return "path";
  if (has_bypass_cookie(rules, head)) return "cookie";
  if (target.has_query &&
      any_name(target.query, '&', [&](std::string_view name) { return rules.bypass_params.matches(name); }))
    return "query";
  if (head.field("X-WP-Nonce").data() != nullptr) return "nonce";
  return {};
}

}  // namespace larder::server

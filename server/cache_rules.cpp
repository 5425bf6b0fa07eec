#include "server/cache_rules.h"

namespace larder::server {
namespace {

bool has_bypass_cookie(const CacheRules& rules, const RequestHead& head) {
  if (!head.fields.has(FieldName::cookie)) return false;
  for (const FieldView& field : head.fields)
    if (field.known == FieldName::cookie && rules.bypass_cookies.matches_any_name(field.value, ';')) return true;
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
  if (head.fields.has(FieldName::authorization)) return "authorization";
  if (rules.bypass_paths.matches(target.file_path)) return "path";
  if (has_bypass_cookie(rules, head)) return "cookie";
  if (rules.bypass_params.matches_any_name(target.query, '&')) return "query";
  if (head.fields.has(FieldName::x_wp_nonce)) return "nonce";
  return {};
}

}  // namespace larder::server

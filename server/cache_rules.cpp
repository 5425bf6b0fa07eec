#include "server/cache_rules.h"

namespace larder::server {
namespace {

std::string_view bypass_cookie(const CacheRules& rules, const RequestHead& head) {
  if (!head.fields.has(FieldName::cookie)) return {};
  for (const FieldView& field : head.fields) {
    if (field.known != FieldName::cookie) continue;
    if (const auto name = rules.bypass_cookies.first_name(field.value, ';'); !name.empty()) return name;
  }
  return {};
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
  if (!bypass_cookie(rules, head).empty()) return "cookie";
  if (rules.bypass_params.matches_any_name(target.query, '&')) return "query";
  if (head.fields.has(FieldName::x_wp_nonce)) return "nonce";
  return {};
}

std::string_view bypassing_name(std::string_view reason, const CacheRules& rules, const RequestHead& head,
                                const Target& target) {
  if (reason == "cookie") return bypass_cookie(rules, head);
  if (reason == "query") return rules.bypass_params.first_name(target.query, '&');
  if (reason == "path") return target.file_path;
  return reason == "method" ? head.method : std::string_view();
}

}  // namespace larder::server

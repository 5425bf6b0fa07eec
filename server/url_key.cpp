#include "server/url_key.h"

#include <fmt/core.h>

#include "server/client_view.h"
#include "server/gate.h"
#include "server/target.h"

namespace larder::server {

Result<std::string> key_of_url(std::string_view url, const cache::IgnoredParams& ignored) {
  if (url.find("://") == std::string_view::npos)
    return Error{fmt::format("{} is no URL: it has to begin with http:// or https://", url)};
  const ParsedTarget parsed = parse_target(url, "GET");
  const Target& target = parsed.target;
  if (parsed.refusal) return Error{fmt::format("{} is no URL: {}", url, parsed.refusal->reason)};
  if (target.scheme.empty()) return Error{fmt::format("{} is no URL: it has to begin with http:// or https://", url)};
  if (!is_host(target.authority)) return Error{fmt::format("{} is no URL: \"{}\" is no host", url, target.authority)};
  const std::string host = effective_host(target.authority, target.scheme);
  return cache::make_key(target.scheme, host, target.path, target.query, target.has_query, ignored);
}

}  // namespace larder::server

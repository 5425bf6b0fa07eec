#include "server/request_class.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/field.h"

namespace larder::server {
namespace {

using fastcgi::JobClass;

// Of those that say what they are. Parts of their User-Agent, in lower case.
constexpr std::array<std::string_view, 10> kRobots = {
    "bot",    "crawl",           "spider",  "slurp",  "facebookexternalhit",
    "feedly", "python-requests", "go-http", "scrapy", "headless"};

bool is_robot(std::string_view agent) {
  std::string lower(agent.substr(0, 512));
  std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
  return std::any_of(kRobots.begin(), kRobots.end(),
                     [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

bool has_login(const RequestHead& head) {
  return head.field("Cookie").find("wordpress_logged_in_") != std::string_view::npos;
}

bool is_feed(std::string_view path) {
  return path.ends_with("/feed/") || path.ends_with("/feed") || path.find("/feed/") != std::string_view::npos;
}

// WordPress's own search, alone or behind other parameters.
bool is_search(std::string_view query) {
  return query.starts_with("s=") || query.find("&s=") != std::string_view::npos;
}

}  // namespace

JobClass request_class(const RequestHead& head, const Target& target, std::string_view bypass) {
  const std::string_view path = target.file_path;
  if (has_login(head) && path.starts_with("/wp-admin/")) return JobClass::administrator;
  if (path == "/xmlrpc.php" || is_feed(path) || is_search(target.query) || is_robot(head.field("User-Agent")))
    return JobClass::crawl;
  return bypass.empty() && !target.has_query ? JobClass::canonical : JobClass::personal;
}

}  // namespace larder::server

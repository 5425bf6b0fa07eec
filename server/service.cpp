#include "server/service.h"

#include "base/glob.h"

namespace larder::server {

ChosenSite choose_site(const std::vector<Site>& sites, std::string_view host) {
  if (sites.front().hosts.empty()) return {&sites.front(), true};
  // A host given without a port is known at any port.
  const auto colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  const std::string_view name = has_port ? host.substr(0, colon) : host;
  for (const Site& site : sites) {
    if (site.hosts.empty()) return {&site, true};
    for (const std::string& glob : site.hosts)
      if (glob_match(glob, host) || glob_match(glob, name)) return {&site, true};
  }
  return {&sites.front(), false};
}

}  // namespace larder::server

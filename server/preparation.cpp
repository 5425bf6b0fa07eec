#include "server/preparation.h"

#include <signal.h>

#include <fmt/core.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "arm/board.h"

namespace larder::server {

Result<std::vector<Site>> open_sites(const Settings& settings) {
  std::vector<Site> sites;
  for (const SiteSettings& site : settings.sites) {
    auto root = SiteRoot::open(site.root);
    if (!root) return root.error();
    sites.push_back({site.hosts, std::move(*root), {site.index, site.front_controller, settings.php.deny}});
  }
  return sites;
}

std::vector<Network> announced_proxies(const Settings::Server& server) {
  return server.proxy_protocol ? server.trusted_proxies : std::vector<Network>{};
}

std::vector<Network> unlimited_clients(const Settings::Server& server) {
  std::vector<Network> clients = server.trusted_proxies;
  for (const char* loopback : {"127.0.0.1", "::1"}) clients.push_back(*Network::parse(loopback));
  return clients;
}

std::size_t connections_per_client(const Settings::Server& server) {
  return server.connections_per_client.value_or(std::max(server.connections / 4, 16U));
}

Fields common_fields(const Settings& settings) {
  const std::string& name = settings.server.served_by;
  Fields fields = {{"Server", "larder"}, {"X-Served-By", name == "auto" ? arm::default_served_by() : name}};
  for (const auto& [field, value] : settings.server.headers) fields.push_back({field, value});
  return fields;
}

std::string canned_refusal(const Fields& common) {
  const std::string_view text = "Too many connections. Please try again.\n";
  std::string answer = fmt::format(
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 2\r\nContent-Type: text/plain\r\n"
      "Content-Length: {}\r\n",
      text.size());
  for (const Field& field : common) answer += fmt::format("{}: {}\r\n", field.name, field.value);
  return answer + "\r\n" + std::string(text);
}

std::string php_user(const std::string& setting) {
  if (!setting.empty() || ::geteuid() != 0) return setting;
  return ::getpwnam("www-data") != nullptr ? "www-data" : "nobody";
}

sigset_t handled_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, signal);
  return set;
}

}  // namespace larder::server

// Preparation: small things that the daemon settles with its settings and the system before it builds its parts.
#pragma once

#include <signal.h>

#include <string>
#include <vector>

#include "base/field.h"
#include "server/service.h"
#include "server/settings.h"

namespace larder::server {

Result<std::vector<Site>> open_sites(const Settings& settings);
Fields common_fields(const Settings& settings);                          // of every answer
std::vector<Network> announced_proxies(const Settings::Server& server);  // who sends PROXY headers
std::vector<Network> unlimited_clients(const Settings::Server& server);  // balancers, and this board itself
std::size_t connections_per_client(const Settings::Server& server);
sigset_t handled_signals();
std::string canned_refusal(const Fields& common);  // the whole 503 of the acceptor
std::string php_user(const std::string& setting);  // when Larder is root: never root unless somebody asked for it

}  // namespace larder::server

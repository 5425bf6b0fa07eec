// Service: everything that answering a request needs, put together by the daemon and shared by all exchanges.
//
// Threads: read only; the parts it refers to are safe by themselves. Outlives every exchange.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/counters.h"
#include "base/field.h"
#include "cache/key.h"
#include "cache/page_store.h"
#include "fastcgi/pool.h"
#include "server/access_log.h"
#include "server/cache_rules.h"
#include "server/client_rates.h"
#include "server/duty.h"
#include "server/endpoint.h"
#include "server/flight.h"
#include "server/governor_board.h"
#include "server/packed_files.h"
#include "server/peers.h"
#include "server/purger.h"
#include "server/render.h"
#include "server/router.h"
#include "server/site_root.h"
#include "server/spool_space.h"
#include "server/task_thread.h"

namespace larder::server {

struct Site {
  std::vector<std::string> hosts;  // globs; empty: any host
  SiteRoot root;
  RouteRules rules;
};

struct Service {
  std::vector<Site> sites;  // at least one; the first answers for hosts nobody knows
  CacheRules cache_rules;
  cache::IgnoredParams ignored_params;
  std::vector<Network> trusted_proxies, unlimited, stats_allow, purge_allow;
  unsigned requests_per_client = 0;  // a second, but for those that are unlimited; 0: as many as they like
  std::string purge_token;           // empty: none
  std::string node;                  // how scripts call this Larder: node_url() of its first listener
  bool client_control = true;        // Cache-Control and Pragma of requests count
  std::uint64_t max_body = 0;
  Fields common_fields;                        // of every answer
  std::map<std::string, std::string> origins;  // Settings::origins

  const Clock& clock;
  Counters& counters;
  Duty& duty;
  cache::PageStore& store;
  FlightTable& flights;
  fastcgi::Pool& pool;
  const GovernorBoard& governor;
  SpoolSpace& space;
  TaskThread& spooler;
  TaskThread& files;
  PackedFiles& packed_files;
  ClientRates& rates;
  RenderContext render;
  Purger& purger;
  Peers& peers;
  AccessLogger& access_log;
  std::function<std::string()> stats;  // JSON for /larder/stats
};

// The service that requests get which begin now; a request keeps the one that it began with.
// Older ones stay, some KiB for each reload that changed something: renders whose clients have left use them too.
// Threads: set() from one at a time, get() from any.
class CurrentService {
 public:
  void set(std::unique_ptr<Service> service) {
    all_.push_back(std::move(service));
    current_.store(all_.back().get(), std::memory_order_release);
  }
  Service& get() const { return *current_.load(std::memory_order_acquire); }

 private:
  std::vector<std::unique_ptr<Service>> all_;
  std::atomic<Service*> current_{nullptr};
};

struct ChosenSite {
  const Site* site;
  bool known;  // the site lists this host (or any)
};
ChosenSite choose_site(const std::vector<Site>& sites, std::string_view host);

}  // namespace larder::server

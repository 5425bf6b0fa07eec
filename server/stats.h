// Stats: everything counted, as JSON, for /larder/stats.
#pragma once

#include <cstddef>
#include <string>

#include "base/counters.h"
#include "cache/page_store.h"
#include "server/governor_board.h"
#include "server/peers.h"

namespace larder::server {

struct Gauges {       // what is now, beside what was counted
  bool ready = true;  // balancers may send clients here
  std::size_t connections = 0, requests_active = 0, requests_waiting = 0;
  std::size_t php_workers = 0, php_busy = 0, php_queued = 0;
  std::size_t flights = 0, flight_waiters = 0;
  unsigned long long spool_bytes = 0;
  std::size_t php_parallel = 0;            // workers that may have a job
  unsigned long long php_memory = 0;       // anonymous bytes of our workers
  unsigned long long memory_limit = 0;     // bytes for pages in memory
  unsigned long long housekeeper_cpu = 0;  // microseconds
  GovernorBoard::Reading governor;
  Peers::Info peers;
  cache::StoreInfo store;
};

// {"version": ..., "pressure": "GREEN", "state": "ready" or "draining", "gauges": {...}, "signals": {...}, "counters":
// {...}}
std::string stats_json(const Counters&, const Gauges&);

}  // namespace larder::server

// Stats: everything counted, as JSON, for /larder/stats.
#pragma once

#include <cstddef>
#include <string>

#include "base/counters.h"
#include "cache/page_store.h"

namespace larder::server {

struct Gauges {  // what is now, beside what was counted
  std::size_t connections = 0, requests_active = 0, requests_waiting = 0;
  std::size_t php_workers = 0, php_busy = 0, php_queued = 0;
  std::size_t flights = 0, flight_waiters = 0;
  unsigned long long spool_bytes = 0;
  cache::StoreInfo store;
};

// {"version": ..., "gauges": {...}, "counters": {...}}
std::string stats_json(const Counters&, const Gauges&);

}  // namespace larder::server

#include "server/stats.h"

#include <nlohmann/json.hpp>

#include "server/version.h"

namespace larder::server {

std::string stats_json(const Counters& counters, const Gauges& gauges) {
  nlohmann::ordered_json json;
  json["version"] = kVersion;
  json["gauges"] = {{"connections", gauges.connections},
                    {"requests_active", gauges.requests_active},
                    {"requests_waiting", gauges.requests_waiting},
                    {"php_workers", gauges.php_workers},
                    {"php_busy", gauges.php_busy},
                    {"php_queued", gauges.php_queued},
                    {"flights", gauges.flights},
                    {"flight_waiters", gauges.flight_waiters},
                    {"spool_bytes", gauges.spool_bytes},
                    {"memory_pages", gauges.store.memory_pages},
                    {"memory_bytes", gauges.store.memory_bytes},
                    {"ring_pages", gauges.store.ring_pages},
                    {"ring_bytes", gauges.store.ring_bytes},
                    {"ring_recovering", gauges.store.recovering}};
  auto& counted = json["counters"];
  for (std::size_t i = 0; i < Counters::kCount; ++i)
    counted[std::string(Counters::kInfo[i].name)] = counters.get(static_cast<Counter>(i));
  return json.dump(2) + '\n';
}

}  // namespace larder::server

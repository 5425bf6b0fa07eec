#include "server/stats.h"

#include <nlohmann/json.hpp>

#include "server/version.h"

namespace larder::server {
namespace {

nlohmann::ordered_json signals_json(const governor::Signals& signals) {
  nlohmann::ordered_json json = {{"available_percent", signals.available},
                                 {"available_bytes", signals.available_bytes},
                                 {"throttled", signals.throttled},
                                 {"under_voltage", signals.under_voltage},
                                 {"drive_writable", signals.drive_writable},
                                 {"swapped_to_card", signals.swapped_to_card},
                                 {"stalls", signals.stalls},
                                 {"major_faults", signals.major_faults},
                                 {"refaults", signals.refaults}};
  if (signals.temperature) json["temperature"] = *signals.temperature;
  if (signals.stalled_some) json["stalled_some"] = *signals.stalled_some;
  if (signals.stalled_full) json["stalled_full"] = *signals.stalled_full;
  return json;
}

}  // namespace

std::string stats_json(const Counters& counters, const Gauges& gauges) {
  nlohmann::ordered_json json;
  json["version"] = kVersion;
  json["pressure"] = governor::name_of(gauges.governor.state.pressure);
  json["state"] = gauges.ready ? "ready" : "draining";
  json["gauges"] = {{"connections", gauges.connections},
                    {"requests_active", gauges.requests_active},
                    {"requests_waiting", gauges.requests_waiting},
                    {"php_workers", gauges.php_workers},
                    {"php_busy", gauges.php_busy},
                    {"php_queued", gauges.php_queued},
                    {"php_parallel", gauges.php_parallel},
                    {"php_memory", gauges.php_memory},
                    {"memory_limit", gauges.memory_limit},
                    {"housekeeper_cpu_us", gauges.housekeeper_cpu},
                    {"flights", gauges.flights},
                    {"flight_waiters", gauges.flight_waiters},
                    {"spool_bytes", gauges.spool_bytes},
                    {"peers", gauges.peers.peers},
                    {"peers_lost", gauges.peers.lost},
                    {"peer_purges_waiting", gauges.peers.waiting},
                    {"memory_pages", gauges.store.memory_pages},
                    {"memory_bytes", gauges.store.memory_bytes},
                    {"ring_pages", gauges.store.ring_pages},
                    {"ring_bytes", gauges.store.ring_bytes},
                    {"ring_recovering", gauges.store.recovering},
                    {"write_budget", gauges.store.write_budget},
                    {"write_budget_left", gauges.store.budget_left},
                    {"drive", cache::to_word(gauges.store.drive)}};
  json["signals"] = signals_json(gauges.governor.signals);
  auto& counted = json["counters"];
  for (std::size_t i = 0; i < Counters::kCount; ++i)
    counted[std::string(Counters::kInfo[i].name)] = counters.get(static_cast<Counter>(i));
  return json.dump(2) + '\n';
}

}  // namespace larder::server

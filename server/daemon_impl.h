// Daemon::Impl: the parts of a daemon. Built in daemon_start.cpp, run and taken down in daemon.cpp; nobody else
// includes this. Threads and lifetime: see daemon.h.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "fastcgi/php_fpm.h"
#include "server/acceptor.h"
#include "server/balancer_link.h"
#include "server/client_rates.h"
#include "server/control.h"
#include "server/daemon.h"
#include "server/environment.h"
#include "server/exchange.h"
#include "server/housekeeper.h"
#include "server/http_loop.h"
#include "server/peers.h"
#include "server/polisher.h"
#include "server/preparation.h"
#include "server/pressure_file.h"
#include "server/runtime_dir.h"
#include "server/supervisor.h"
#include "server/temp_folder.h"

namespace larder::server {

// Members are in the order in which they are built; they are taken down the other way round.
class Daemon::Impl {
 public:
  Impl(LoadedSettings loaded, SettingsLoader loader, Log& log)
      : settings_(std::move(loaded.settings)),
        effective_(std::move(loaded.effective)),
        loader_(std::move(loader)),
        log_(log) {}
  ~Impl() { shut_down(); }

  Status start();
  int run();
  std::vector<Listener> hand_over() { return std::move(kept_); }

 private:
  Status open_store();
  Status start_php();
  Status start_http(std::vector<Listener> listeners);
  Status start_ports();
  void build_parts();
  void serve_by(const Settings& rules, std::vector<Site> sites);
  AcceptorOptions acceptor_options(std::size_t working_loops) const;
  std::size_t workers() const { return plan_.workers; }
  void build_housekeeper();
  void tell(governor::Pressure pressure);
  std::string stats() const;
  Commands commands();
  Result<std::string> reload();
  Result<std::string> take(LoadedSettings loaded);
  Result<std::string> begin_restart();
  void tick();
  bool is_drive_usable() const { return cache::is_usable(store_->info().drive); }
  void place_temp_folder();
  void give_notice();
  void drain();
  void shut_down();
  int wait_for_signal(Millis at_most) const;
  template <class Count>
  std::size_t sum(Count count) const {
    std::size_t total = 0;
    for (const auto& loop : loops_) total += (loop.get()->*count)();
    return total;
  }

  const Settings settings_;                  // of the start
  std::vector<EffectiveSetting> effective_;  // now: what was read again has changed it; guarded by reload_mutex_
  const SettingsLoader loader_;
  std::string node_;  // how scripts call this Larder
  std::mutex reload_mutex_;
  const MemoryPlan plan_{memory_plan_for(settings_)};
  Log& log_;
  SystemClock clock_;
  Supervisor supervisor_{clock_};
  Counters counters_;
  Peers peers_{clock_, counters_, log_.report()};
  std::unique_ptr<AccessLogger> access_log_;
  GovernorBoard governor_;
  BalancerLink balancers_{governor_, clock_, counters_};
  ControlPort control_{clock_};
  std::unique_ptr<RuntimeDir> runtime_dir_;
  std::unique_ptr<TempFolder> temp_folder_;
  bool temp_on_drive_ = false;  // as led last
  cache::PurgeList purges_;
  std::unique_ptr<cache::PageStore> store_;
  std::unique_ptr<Purger> purger_;
  std::unique_ptr<fastcgi::PhpFpm> php_;
  fastcgi::Address php_address_;
  std::unique_ptr<SpoolSpace> space_;
  std::unique_ptr<TaskThread> spooler_, files_;
  std::unique_ptr<PackedFiles> packed_files_;
  std::unique_ptr<FlightTable> flights_;
  std::unique_ptr<fastcgi::Pool> pool_;
  std::unique_ptr<Housekeeper> housekeeper_;
  std::unique_ptr<Polisher> polisher_;
  CurrentService service_;
  std::unique_ptr<ExchangeFactory> factory_;
  ClientSeats seats_{connections_per_client(settings_.server)};
  ClientRates rates_;
  std::vector<std::unique_ptr<HttpLoop>> loops_;
  std::unique_ptr<Acceptor> acceptor_;
  std::atomic<bool> restarting_{false};
  std::vector<Listener> kept_;  // for the program that follows this one
};

}  // namespace larder::server

#include "server/daemon.h"

#include <fmt/core.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "arm/board.h"
#include "arm/clock_status.h"
#include "fastcgi/php_fpm.h"
#include "server/acceptor.h"
#include "server/balancer_link.h"
#include "server/control.h"
#include "server/environment.h"
#include "server/exchange.h"
#include "server/housekeeper.h"
#include "server/http_loop.h"
#include "server/listener.h"
#include "server/polisher.h"
#include "server/preparation.h"
#include "server/pressure_file.h"
#include "server/process_limits.h"
#include "server/runtime_dir.h"
#include "server/stats.h"
#include "server/supervisor.h"
#include "server/version.h"

namespace larder::server {
namespace {

constexpr Millis kTick = BalancerLink::kTick;
constexpr Millis kUnwindTime = 10'000;  // for suspended requests to come back once PHP is stopped

}  // namespace

// Members are in the order in which they are built; they are taken down the other way round.
class Daemon::Impl {
 public:
  Impl(const Settings& settings, Log& log) : settings_(settings), log_(log) {}
  ~Impl() { shut_down(); }

  Status start();
  int run();

 private:
  Status open_store();
  Status start_php();
  Status start_http(std::vector<Listener> listeners);
  Status start_ports();
  void build_service(std::vector<Site> sites);
  AcceptorOptions acceptor_options(std::size_t working_loops) const;
  std::size_t workers() const { return plan_.workers; }
  void build_housekeeper();
  void tell(governor::Pressure pressure);
  std::size_t queue_bound() const {
    return settings_.php.queue.value_or(static_cast<unsigned>(std::clamp<std::size_t>(workers() * 6, 4, 64)));
  }
  std::string stats() const;
  Commands commands();
  void tick();
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

  const Settings settings_;
  const MemoryPlan plan_{memory_plan_for(settings_)};
  Log& log_;
  SystemClock clock_;
  Supervisor supervisor_{clock_};
  Counters counters_;
  std::unique_ptr<AccessLogger> access_log_;
  GovernorBoard governor_;
  BalancerLink balancers_{governor_, clock_, counters_};
  ControlPort control_{clock_};
  std::unique_ptr<RuntimeDir> runtime_dir_;
  std::string temp_dir_;
  cache::PurgeList purges_;
  std::unique_ptr<cache::PageStore> store_;
  std::unique_ptr<Purger> purger_;
  std::unique_ptr<fastcgi::PhpFpm> php_;
  fastcgi::Address php_address_;
  std::unique_ptr<SpoolSpace> space_;
  std::unique_ptr<TaskThread> spooler_, files_;
  std::unique_ptr<FlightTable> flights_;
  std::unique_ptr<fastcgi::Pool> pool_;
  std::unique_ptr<Housekeeper> housekeeper_;
  std::unique_ptr<Polisher> polisher_;
  std::unique_ptr<RenderContext> render_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<ExchangeFactory> factory_;
  std::vector<std::unique_ptr<HttpLoop>> loops_;
  std::unique_ptr<Acceptor> acceptor_;
};

// --- Building up ----------------------------------------------------------------------------------------------------

Status Daemon::Impl::start() {
  prepare_process(settings_.server.connections);
  auto sites = open_sites(settings_);
  if (!sites) return sites.error();
  std::vector<Listener> listeners;  // first: a port that is taken should not cost a start of PHP
  for (const ListenAddress& address : settings_.server.listen) {
    auto listener = open_listener(address, settings_.server.send_timeout);
    if (!listener) return listener.error();
    listeners.push_back(std::move(*listener));
  }
  auto access_log = AccessLogger::open(settings_.log, counters_);
  if (!access_log) return access_log.error();
  access_log_ = std::move(*access_log);
  auto runtime_dir = RuntimeDir::create();
  if (!runtime_dir) return runtime_dir.error();
  runtime_dir_ = std::make_unique<RuntimeDir>(std::move(*runtime_dir));
  if (auto opened = open_store(); !opened) return opened;
  if (auto started = start_php(); !started) return started;
  build_service(std::move(*sites));
  build_housekeeper();
  if (auto started = start_http(std::move(listeners)); !started) return started;
  return start_ports();
}

Status Daemon::Impl::open_store() {
  cache::StoreOptions options;
  options.path = settings_.cache.path;
  options.ring_bytes = settings_.cache.size;
  options.memory_bytes = plan_.pages;
  options.write_budget = settings_.cache.write_budget();
  options.trust_clock = [] { return arm::is_clock_right(); };
  options.wait_for_drive = true;  // law 1: a cache failure is never a client failure
  options.sieve = [this](cache::PagePtr page) { return purger_->known() ? purges_.sieve(std::move(page)) : nullptr; };
  auto store = cache::PageStore::open(options, clock_, counters_, log_.report());
  if (!store) return store.error();  // another Larder has it
  store_ = std::move(*store);
  purger_ = std::make_unique<Purger>(*store_, purges_, settings_.cache.path, clock_, counters_, log_.report());
  return Done{};
}

Status Daemon::Impl::start_php() {
  const std::string user = php_user(settings_.php.user);
  temp_dir_ = make_temp_dir(settings_.cache.path, user);
  if (settings_.php.address) {
    php_address_ = *settings_.php.address;
    return Done{};
  }
  fastcgi::PhpFpmOptions options;
  options.version = settings_.php.version;
  options.runtime_dir = runtime_dir_->path();
  options.temp_dir = temp_dir_;
  options.workers = workers();
  options.timeout = settings_.php.timeout;
  options.slow = settings_.php.slow;
  options.max_body = settings_.php.max_body;
  options.user = user;
  auto php = fastcgi::PhpFpm::start(options, clock_, counters_, log_.report());
  if (!php) return php.error();
  php_ = std::move(*php);
  php_address_.unix_path = php_->socket_path();
  log_.write(Level::info, fmt::format("PHP: {} with {} workers", php_->binary().path, options.workers));
  return Done{};
}

void Daemon::Impl::build_service(std::vector<Site> sites) {
  space_ = std::make_unique<SpoolSpace>(temp_dir_, settings_.php.spool, counters_);
  spooler_ = std::make_unique<TaskThread>("spooler");
  files_ = std::make_unique<TaskThread>("files");
  // Longer than any wait and any render together, a retry included: a flight's deadline is the last resort.
  flights_ = std::make_unique<FlightTable>(2 * (settings_.php.queue_wait + settings_.php.timeout) + 10'000, clock_);
  pool_ = std::make_unique<fastcgi::Pool>(fastcgi::PoolOptions{.address = php_address_,
                                                               .lanes = workers(),
                                                               .queue = queue_bound(),
                                                               .queue_wait = settings_.php.queue_wait,
                                                               .timeout = settings_.php.timeout},
                                          clock_, counters_);
  render_ = std::make_unique<RenderContext>(
      RenderContext{*store_, *flights_, *space_, *spooler_, clock_, counters_, log_.report(), purges_,
                    [this](const std::vector<std::string>& keys) { purger_->forget(keys); },
                    cache::FreshnessPolicy{.default_ttl = settings_.cache.default_ttl},
                    cache::StalePolicy{.while_revalidate = settings_.cache.stale_while_revalidate,
                                       .if_error = settings_.cache.stale_if_error},
                    settings_.cache.compress});
  service_ = std::make_unique<Service>(
      Service{.sites = std::move(sites),
              .cache_rules = {GlobSet(settings_.cache.bypass_cookies), path_globs(settings_.cache.bypass_paths),
                              GlobSet(settings_.cache.bypass_params)},
              .ignored_params = GlobSet(settings_.cache.ignored_params),
              .trusted_proxies = settings_.server.trusted_proxies,
              .stats_allow = settings_.server.stats_allow,
              .purge_allow = settings_.purge.allow,
              .purge_token = settings_.purge.token,
              .client_control = settings_.cache.client_directives,
              .max_body = settings_.php.max_body,
              .common_fields = common_fields(settings_),
              .clock = clock_,
              .counters = counters_,
              .duty = balancers_.duty(),
              .store = *store_,
              .flights = *flights_,
              .pool = *pool_,
              .space = *space_,
              .spooler = *spooler_,
              .files = *files_,
              .render = *render_,
              .purger = *purger_,
              .access_log = *access_log_,
              .stats = [this] { return stats(); }});
  factory_ = std::make_unique<ExchangeFactory>(*service_);
}

Status Daemon::Impl::start_http(std::vector<Listener> listeners) {
  HttpLoopOptions options;
  options.connection_memory = settings_.server.connection_memory;
  options.header_timeout = settings_.server.header_timeout;
  options.keepalive_timeout = settings_.server.keepalive_timeout;
  options.send_timeout = settings_.server.send_timeout;
  const std::size_t threads = settings_.server.threads.value_or(std::min(arm::core_count(), 4U));
  const std::size_t needed = (settings_.server.connections + HttpLoop::kMaxConnections - 1) / HttpLoop::kMaxConnections;
  for (std::size_t i = 0; i < std::max(threads, needed); ++i) {
    auto loop = HttpLoop::start(options, *factory_, clock_, counters_, log_.report());
    if (!loop) return loop.error();
    loops_.push_back(std::move(*loop));
  }
  for (const Listener& listener : listeners) log_.write(Level::info, fmt::format("listening on {}", listener.url));
  acceptor_ = std::make_unique<Acceptor>(std::move(listeners), loops_, acceptor_options(threads), clock_, counters_,
                                         log_.report());
  return Done{};
}

AcceptorOptions Daemon::Impl::acceptor_options(std::size_t working_loops) const {
  const Settings::Server& server = settings_.server;
  return {.working = working_loops,
          .connections = server.connections,
          .refusal = canned_refusal(service_->common_fields),
          .announced = server.proxy_protocol ? server.trusted_proxies : std::vector<Network>{},
          .introduction = server.header_timeout};
}

void Daemon::Impl::build_housekeeper() {
  HousekeeperHooks hooks{.drive_writable = [this] { return cache::is_usable(store_->info().drive); },
                         .set_php_parallel = [this](std::size_t jobs) { pool_->set_parallel(jobs); },
                         .set_page_memory = [this](std::uint64_t bytes) { store_->set_memory_limit(bytes); },
                         .php_master = [this] { return php_ ? php_->pid() : 0; },
                         .tell = [this](governor::Pressure pressure) { tell(pressure); }};
  housekeeper_ = std::make_unique<Housekeeper>(
      HousekeeperOptions{
          .root = board_root(), .workers = workers(), .worker_memory = plan_.worker, .page_memory = plan_.pages},
      std::move(hooks), governor_, clock_, counters_, log_.report());
  tell(governor::Pressure::green);
  housekeeper_->start();
  const auto idle = [this] { return pool_->busy() == 0 && governor_.pressure() == governor::Pressure::green; };
  polisher_ = std::make_unique<Polisher>(*store_, counters_, idle);
  if (settings_.cache.compress) polisher_->start();
}

void Daemon::Impl::tell(governor::Pressure pressure) {
  if (auto told = write_pressure_file(runtime_dir_->path(), pressure); !told)
    log_.write(Level::warning, told.error().message);
}

Status Daemon::Impl::start_ports() {
  if (auto started = control_.start(runtime_dir_->path(), commands()); !started) return started;
  return balancers_.start(settings_.balancer, log_.report());
}

// Called on the thread of the control port.
Commands Daemon::Impl::commands() {
  return {{"drain", [this] { return balancers_.drain(log_.report()); }},
          {"ready", [this] { return balancers_.resume(log_.report()); }}};
}

std::string Daemon::Impl::stats() const {
  Gauges gauges;
  gauges.ready = balancers_.duty().ready();
  gauges.connections = sum(&HttpLoop::connections);
  gauges.requests_active = sum(&HttpLoop::active);
  gauges.requests_waiting = sum(&HttpLoop::suspended);
  gauges.php_workers = workers();
  gauges.php_busy = pool_->busy();
  gauges.php_queued = pool_->queued();
  gauges.php_parallel = housekeeper_->php_parallel();
  gauges.php_memory = housekeeper_->php_memory();
  gauges.memory_limit = housekeeper_->page_bytes();
  gauges.housekeeper_cpu = housekeeper_->cpu_micros();
  gauges.governor = governor_.read();
  gauges.flights = flights_->size();
  gauges.flight_waiters = flights_->waiting();
  gauges.spool_bytes = space_->used();
  gauges.store = store_->info();
  return stats_json(counters_, gauges);
}

// --- Running --------------------------------------------------------------------------------------------------------

int Daemon::Impl::wait_for_signal(Millis at_most) const {
  const sigset_t set = handled_signals();
  const timespec time{static_cast<time_t>(at_most / 1000), static_cast<long>(at_most % 1000) * 1'000'000};
  return ::sigtimedwait(&set, nullptr, &time);  // -1: the time is over
}

void Daemon::Impl::tick() {
  for (const auto& loop : loops_) loop->sweep();
  pool_->expire();
  flights_->expire();
  balancers_.measure(static_cast<double>(pool_->busy()) / static_cast<double>(workers()),
                     static_cast<double>(pool_->queued()) / static_cast<double>(queue_bound()));
  purger_->expire();
  supervisor_.alive();
}

int Daemon::Impl::run() {
  supervisor_.ready();
  for (;;) {
    const int signal = wait_for_signal(kTick);
    tick();
    if (signal == SIGHUP)
      if (auto reopened = access_log_->reopen(); !reopened) log_.write(Level::error, reopened.error().message);
    if (signal == SIGTERM || signal == SIGINT) break;
  }
  supervisor_.stopping();
  log_.write(Level::info, "stopping");
  give_notice();
  drain();
  shut_down();
  return 0;
}

// --- Taking down ----------------------------------------------------------------------------------------------------

// Serves on while balancers learn that they should send nobody. A second signal ends the patience.
void Daemon::Impl::give_notice() {
  const Millis until = clock_.steady() + balancers_.leave(settings_.balancer);
  while (clock_.steady() < until) {
    const int signal = wait_for_signal(kTick);
    tick();
    if (signal == SIGTERM || signal == SIGINT) return;
  }
}

// No new connections; what is being answered is answered. A second signal ends the patience.
void Daemon::Impl::drain() {
  acceptor_->stop();
  for (const auto& loop : loops_) loop->drain();
  const Millis until = clock_.steady() + settings_.php.timeout;
  while (sum(&HttpLoop::connections) > 0 && clock_.steady() < until) {
    const int signal = wait_for_signal(kTick);
    tick();
    if (signal == SIGTERM || signal == SIGINT) return;
  }
}

// Each part is stopped before what it uses. Suspended requests must all be woken before the loops can end.
void Daemon::Impl::shut_down() {
  control_.stop();
  balancers_.stop();
  if (acceptor_) acceptor_->stop();
  if (polisher_) polisher_->stop();
  if (housekeeper_) housekeeper_->stop();
  if (space_) space_->close();
  if (pool_) pool_->stop();
  if (purger_) purger_->stop();
  if (store_) store_->stop();
  const Millis until = clock_.steady() + kUnwindTime;
  while (sum(&HttpLoop::suspended) > 0) {
    if (clock_.steady() > until) {
      log_.write(Level::error, "requests are stuck; ending without them");
      ::_exit(1);
    }
    wait_for_signal(10);
  }
  for (const auto& loop : loops_) loop->stop();
  loops_.clear();
  if (spooler_) spooler_->stop();
  if (files_) files_->stop();
  if (php_) php_->stop();
}

Daemon::Daemon(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Daemon::~Daemon() = default;

Result<std::unique_ptr<Daemon>> Daemon::start(const Settings& settings, Log& log) {
  const sigset_t set = handled_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  auto impl = std::make_unique<Impl>(settings, log);
  if (auto started = impl->start(); !started) return started.error();
  return std::unique_ptr<Daemon>(new Daemon(std::move(impl)));
}

int Daemon::run() { return impl_->run(); }

}  // namespace larder::server

#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "arm/board.h"
#include "arm/clock_status.h"
#include "server/daemon_impl.h"
#include "server/page_commands.h"
#include "server/preparation.h"
#include "server/process_limits.h"
#include "server/stats.h"

namespace larder::server {
namespace {

cache::Admission::Level level_of(governor::FlashWrites writes) {
  switch (writes) {
    case governor::FlashWrites::by_budget:
      return cache::Admission::Level::plenty;
    case governor::FlashWrites::stricter:
      return cache::Admission::Level::little;
    case governor::FlashWrites::off:
      break;
  }
  return cache::Admission::Level::none;
}

}  // namespace

Status Daemon::Impl::start() {
  prepare_process(settings_.server.connections);
  auto sites = open_sites(settings_);
  if (!sites) return sites.error();
  InheritedSockets inherited = Supervisor::inherited();
  std::vector<Listener> listeners;  // first: a port that is taken should not cost a start of PHP
  for (const ListenAddress& address : settings_.server.listen) {
    auto listener = open_listener(address, settings_.server.send_timeout, &inherited);
    if (!listener) return listener.error();
    listeners.push_back(std::move(*listener));
  }
  node_ = node_url(listeners.front().url);
  if (inherited.left() > 0)
    log_.write(Level::warning, "a socket that was handed to Larder is not at an address of server.listen: not used");
  auto access_log = AccessLogger::open(settings_.log, counters_);
  if (!access_log) return access_log.error();
  access_log_ = std::move(*access_log);
  auto runtime_dir = RuntimeDir::create();
  if (!runtime_dir) return runtime_dir.error();
  runtime_dir_ = std::make_unique<RuntimeDir>(std::move(*runtime_dir));
  if (auto opened = open_store(); !opened) return opened;
  if (auto started = start_php(); !started) return started;
  build_parts();
  serve_by(settings_, std::move(*sites));
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
  peers_.set(settings_.peers.nodes, settings_.purge.token);
  purger_ = std::make_unique<Purger>(*store_, purges_, settings_.cache.path, clock_, counters_, log_.report(),
                                     [this](const std::vector<cache::Purge>& purges) { peers_.tell_again(purges); });
  return Done{};
}

Status Daemon::Impl::start_php() {
  const std::string user = php_user(settings_.php.user);
  temp_folder_ = std::make_unique<TempFolder>(runtime_dir_->path(), settings_.cache.path, user);
  temp_on_drive_ = is_drive_usable();
  temp_folder_->lead(temp_on_drive_);
  if (settings_.php.address) {
    php_address_ = *settings_.php.address;
    return Done{};
  }
  fastcgi::PhpFpmOptions options;
  options.version = settings_.php.version;
  options.runtime_dir = runtime_dir_->path();
  options.temp_dir = temp_folder_->path();
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

void Daemon::Impl::build_parts() {
  space_ = std::make_unique<SpoolSpace>(temp_folder_->path(), settings_.php.spool, counters_);
  spooler_ = std::make_unique<TaskThread>("spooler");
  files_ = std::make_unique<TaskThread>("files");
  packed_files_ = std::make_unique<PackedFiles>(*store_, clock_, counters_);
  // Longer than any wait and any render together, a retry included: a flight's deadline is the last resort.
  flights_ = std::make_unique<FlightTable>(2 * (settings_.php.queue_wait + settings_.php.timeout) + 10'000, clock_);
  pool_ = std::make_unique<fastcgi::Pool>(fastcgi::PoolOptions{.address = php_address_,
                                                               .lanes = workers(),
                                                               .queue = settings_.php.queue,
                                                               .queue_wait = settings_.php.queue_wait,
                                                               .timeout = settings_.php.timeout},
                                          clock_, counters_);
}

// From `rules` are those settings that the table calls live; what cannot change now is of the start.
void Daemon::Impl::serve_by(const Settings& rules, std::vector<Site> sites) {
  seats_.exempt(unlimited_clients(rules.server));
  RenderContext render{*store_,
                       *flights_,
                       *space_,
                       *spooler_,
                       clock_,
                       counters_,
                       log_.report(),
                       purges_,
                       [this](const std::vector<std::string>& keys) { purger_->forget(keys); },
                       cache::FreshnessPolicy{.default_ttl = rules.cache.default_ttl},
                       cache::StalePolicy{.while_revalidate = rules.cache.stale_while_revalidate,
                                          .if_error = rules.cache.stale_if_error},
                       settings_.cache.compress};
  service_.set(std::unique_ptr<Service>(
      new Service{.sites = std::move(sites),
                  .cache_rules = {GlobSet(rules.cache.bypass_cookies), path_globs(rules.cache.bypass_paths),
                                  GlobSet(rules.cache.bypass_params)},
                  .ignored_params = GlobSet(rules.cache.ignored_params),
                  .trusted_proxies = rules.server.trusted_proxies,
                  .unlimited = unlimited_clients(rules.server),
                  .stats_allow = rules.server.stats_allow,
                  .purge_allow = rules.purge.allow,
                  .requests_per_client = rules.server.requests_per_client,
                  .purge_token = rules.purge.token,
                  .node = node_,
                  .client_control = rules.cache.client_directives,
                  .max_body = settings_.php.max_body,
                  .common_fields = common_fields(rules),
                  .origins = rules.origins,
                  .clock = clock_,
                  .counters = counters_,
                  .duty = balancers_.duty(),
                  .store = *store_,
                  .flights = *flights_,
                  .pool = *pool_,
                  .governor = governor_,
                  .space = *space_,
                  .spooler = *spooler_,
                  .files = *files_,
                  .packed_files = *packed_files_,
                  .rates = rates_,
                  .render = std::move(render),
                  .purger = *purger_,
                  .peers = peers_,
                  .access_log = *access_log_,
                  .stats = [this] { return stats(); }}));
}

Status Daemon::Impl::start_http(std::vector<Listener> listeners) {
  HttpLoopOptions options;
  factory_ = std::make_unique<ExchangeFactory>(service_);
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
  Supervisor::keep(listeners);
  acceptor_ = std::make_unique<Acceptor>(std::move(listeners), loops_, seats_, acceptor_options(threads), clock_,
                                         counters_, log_.report());
  return Done{};
}

AcceptorOptions Daemon::Impl::acceptor_options(std::size_t working_loops) const {
  const Settings::Server& server = settings_.server;
  return {.working = working_loops,
          .connections = server.connections,
          .refusal = canned_refusal(common_fields(settings_)),
          .announced = announced_proxies(server),
          .introduction = server.header_timeout};
}

void Daemon::Impl::build_housekeeper() {
  HousekeeperHooks hooks{
      .drive_writable = [this] { return is_drive_usable(); },
      .set_php_parallel = [this](std::size_t jobs) { pool_->set_parallel(jobs); },
      .set_page_memory = [this](std::uint64_t bytes) { store_->set_memory_limit(bytes); },
      .set_flash_writes = [this](governor::FlashWrites writes) { store_->hold_back_writes(level_of(writes)); },
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
  Commands commands = page_commands(service_);
  commands["drain"] = [this](std::string_view) { return balancers_.drain(log_.report()); };
  commands["ready"] = [this](std::string_view) { return balancers_.resume(log_.report()); };
  commands["reload"] = [this](std::string_view) { return reload(); };
  commands["restart"] = [this](std::string_view) { return begin_restart(); };
  return commands;
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
  gauges.peers = peers_.info();
  gauges.store = store_->info();
  return stats_json(counters_, gauges);
}

}  // namespace larder::server

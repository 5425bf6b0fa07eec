#include "server/daemon.h"

#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "server/daemon_impl.h"
#include "server/preparation.h"
#include "server/reload.h"

namespace larder::server {
namespace {

constexpr Millis kTick = BalancerLink::kTick;
constexpr Millis kLastWords = 2'000;    // for peers to take the last purges
constexpr Millis kUnwindTime = 10'000;  // for suspended requests to come back once PHP is stopped

}  // namespace

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
  const auto share = [](std::size_t taken, std::size_t of) {
    return static_cast<double>(taken) / static_cast<double>(std::max<std::size_t>(of, 1));
  };
  balancers_.measure(share(pool_->busy(), workers()), share(pool_->queued(), pool_->room()));
  purger_->expire();
  place_temp_folder();
  supervisor_.alive();
}

// When the drive went or came. On the thread that writes there anyway: a drive that hangs must not hold up this one.
void Daemon::Impl::place_temp_folder() {
  const bool usable = is_drive_usable();
  if (usable == temp_on_drive_ || !spooler_->post([this, usable] { temp_folder_->lead(usable); })) return;
  temp_on_drive_ = usable;
}

int Daemon::Impl::run() {
  supervisor_.ready();
  while (!restarting_) {
    const int signal = wait_for_signal(kTick);
    tick();
    // Elsewhere: it looks at the cache drive, which may hang, and the watchdog must not take us for hung.
    if (signal == SIGHUP && !files_->post([this] { (void)reload(); }))
      log_.write(Level::error, "nothing was reloaded: the drives have too much to do");
    if (signal == SIGTERM || signal == SIGINT) break;
  }
  if (restarting_) {
    supervisor_.reloading();
    log_.write(Level::info, "restarting; who comes now waits for the new process");
  } else {
    supervisor_.stopping();
    log_.write(Level::info, "stopping");
    give_notice();
  }
  drain();
  shut_down();
  return 0;
}

// --- New settings ---------------------------------------------------------------------------------------------------

// By SIGHUP, or by `larder reload` on the thread of the control port.
Result<std::string> Daemon::Impl::reload() {
  const std::lock_guard lock(reload_mutex_);
  if (auto reopened = access_log_->reopen(); !reopened) log_.write(Level::error, reopened.error().message);
  auto done = take(loader_());
  log_.write(done ? Level::info : Level::error,
             done ? *done : fmt::format("{}; all settings stay as they were", done.error().message));
  return done;
}

// What can change while requests are served does; of the rest only the names are said. Any mistake, and all stays.
Result<std::string> Daemon::Impl::take(LoadedSettings loaded) {
  for (const Problem& problem : loaded.problems)
    log_.write(problem.may_pass ? Level::warning : Level::error, describe(problem));
  if (const Problem* worst = loaded.worst()) return Error{describe(*worst)};
  const SettingChanges changes = changes_between(effective_, loaded.effective);
  if (!changes.live.empty()) {
    auto sites = open_sites(loaded.settings);
    if (!sites) return sites.error();
    peers_.set(loaded.settings.peers.nodes, loaded.settings.purge.token);
    serve_by(loaded.settings, std::move(*sites));
    acceptor_->announce(announced_proxies(loaded.settings.server));
    log_.set_level(level_by_name(loaded.settings.log.level).value_or(Level::info));
    effective_ = changes.effective;
  }
  counters_.add(Counter::reloads);
  return describe(changes);
}

// On the thread of the control port. A program that could not start is not begun.
Result<std::string> Daemon::Impl::begin_restart() {
  const LoadedSettings loaded = loader_();
  if (const Problem* worst = loaded.worst()) return Error{describe(*worst) + "; the daemon goes on as it is"};
  restarting_ = true;
  return std::string("restarting; requests under way are finished first, and nobody is refused");
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
  if (restarting_)
    kept_ = acceptor_->hand_over();
  else
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
  peers_.stop(kLastWords);
  if (php_) php_->stop();
}

Daemon::Daemon(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Daemon::~Daemon() = default;

Result<std::unique_ptr<Daemon>> Daemon::start(LoadedSettings loaded, SettingsLoader loader, Log& log) {
  const sigset_t set = handled_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  auto impl = std::make_unique<Impl>(std::move(loaded), std::move(loader), log);
  if (auto started = impl->start(); !started) return started.error();
  return std::unique_ptr<Daemon>(new Daemon(std::move(impl)));
}

int Daemon::run() { return impl_->run(); }
std::vector<Listener> Daemon::hand_over() { return impl_->hand_over(); }

}  // namespace larder::server

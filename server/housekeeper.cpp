#include "server/housekeeper.h"

#include <fmt/core.h>

#include <chrono>
#include <ctime>
#include <utility>

namespace larder::server {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

std::uint64_t thread_cpu_micros() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_nsec) / 1'000;
}

std::uint64_t share(double of_one, std::uint64_t bytes) {
  return static_cast<std::uint64_t>(of_one * static_cast<double>(bytes));
}

}  // namespace

Housekeeper::Housekeeper(HousekeeperOptions options, HousekeeperHooks hooks, GovernorBoard& board, const Clock& clock,
                         Counters& counters, Report report)
    : options_(std::move(options)),
      hooks_(std::move(hooks)),
      board_(board),
      clock_(clock),
      counters_(counters),
      report_(std::move(report)),
      sampler_(options_.root),
      page_memory_(options_.page_memory),
      last_turn_(clock.steady()),
      parallel_(options_.workers),
      page_bytes_(options_.page_memory) {}

Housekeeper::~Housekeeper() { stop(); }

Millis Housekeeper::turn() {
  const Millis now = clock_.steady();
  const governor::Signals signals = sampler_.sample(hooks_.drive_writable(), now);
  const governor::Step step = governor::next(state_, signals, now);
  const governor::Pressure before = std::exchange(state_, step.state).pressure;
  board_.write(state_, signals);
  apply(step.limits, signals, now);
  if (step.changed) report_change(before, signals);
  last_turn_ = now;
  return state_.pressure >= governor::Pressure::orange ? kTenseTurn : kCalmTurn;
}

void Housekeeper::apply(const governor::Limits& limits, const governor::Signals& signals, Millis now) {
  const std::size_t parallel = governor::php_parallel(limits, options_.workers);
  if (parallel_.exchange(parallel) != parallel) hooks_.set_php_parallel(parallel);
  const std::uint64_t bytes = page_memory_.next(limits, signals.available, now - last_turn_);
  if (page_bytes_.exchange(bytes) != bytes) hooks_.set_page_memory(bytes);
  if (std::exchange(flash_writes_, limits.flash_writes) != limits.flash_writes)
    hooks_.set_flash_writes(limits.flash_writes);
  watch_workers(limits);
}

void Housekeeper::watch_workers(const governor::Limits& limits) {
  if (options_.worker_memory == 0) return;
  const auto ended =
      workers_.enforce(hooks_.php_master(), {.soft = share(limits.worker_memory, options_.worker_memory),
                                             .hard = share(limits.worker_memory_hard, options_.worker_memory)});
  for (const auto& [pid, bytes, killed] : ended) {
    counters_.add(killed ? Counter::workers_killed : Counter::workers_recycled);
    report_(killed ? Level::warning : Level::debug,
            fmt::format("PHP worker {} has {} MiB: {}", pid, bytes / kMiB,
                        killed ? "killed" : "it is replaced after its request"));
  }
  std::uint64_t total = 0;
  for (const auto& worker : workers_.workers()) total += worker.bytes;
  php_memory_.store(total, std::memory_order_relaxed);
}

void Housekeeper::report_change(governor::Pressure before, const governor::Signals& signals) {
  counters_.add(Counter::governor_changes);
  const bool rises = state_.pressure > before;
  // The cause of a rise is what it rose for; of a fall, that this is over.
  const std::string why =
      rises ? governor::explain(state_.cause, signals)
            : fmt::format("calm for {} s, MemAvailable is {:.1f} %", governor::kCalm / 1'000, signals.available);
  report_(
      rises && state_.pressure >= governor::Pressure::orange ? Level::warning : Level::info,
      fmt::format("pressure {} -> {}: {}; PHP {} of {} at a time, {} MiB of pages in memory", governor::name_of(before),
                  governor::name_of(state_.pressure), why, parallel_, options_.workers, page_bytes() / kMiB));
  hooks_.tell(state_.pressure);
}

void Housekeeper::start() {
  thread_ = Thread("housekeeper", [this] { run(); });
}

void Housekeeper::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const Millis pause = turn();
    cpu_micros_.store(thread_cpu_micros(), std::memory_order_relaxed);
    lock.lock();
    wake_.wait_for(lock, std::chrono::milliseconds(pause), [this] { return stopping_; });
  }
}

void Housekeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

}  // namespace larder::server

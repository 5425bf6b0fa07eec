#include "server/purger.h"

#include <fmt/core.h>
#include <unistd.h>

#include <iterator>
#include <utility>

#include "cache/variants.h"

namespace larder::server {

using cache::Purge;

namespace {

constexpr Millis kBetweenTries = 5'000;
constexpr Millis kJustNow = 1'000;

}  // namespace

Purger::Purger(cache::PageStore& store, cache::PurgeList& list, std::string cache_path, const Clock& clock,
               Counters& counters, Report report, Learnt learnt)
    : store_(store),
      list_(list),
      cache_path_(std::move(cache_path)),
      clock_(clock),
      counters_(counters),
      report_(std::move(report)),
      learnt_(std::move(learnt)) {
  open_log();
}

void Purger::open_log() {
  if (cache_path_.empty()) known_ = true;
  if (cache_path_.empty() || ::access(cache_path_.c_str(), F_OK) != 0) return;
  std::vector<Purge> purges;
  auto log = PurgeLog::open(cache_path_, purges);
  if (!log) return report_(Level::error, log.error().message);
  if (!purges.empty()) list_.add(purges);
  log_ = *std::move(log);
  if (!known_.exchange(true) && learnt_) learnt_(purges);
}

void Purger::Waiting::end(bool durable) {
  Done told;
  {
    std::lock_guard lock(mutex);
    told = std::exchange(done, nullptr);
  }
  if (told) told(durable);
}

std::size_t Purger::carry_out(const std::vector<Purge>& purges) {
  counters_.add(Counter::purges, purges.size());
  list_.add(purges);
  std::size_t pages = 0;
  for (const cache::PagePtr& page : store_.pages_in_memory()) {
    cache::PagePtr left = list_.sieve(page);
    if (left == page) continue;
    if (!cache::is_variant_list(*page)) ++pages;
    if (left)
      store_.replace_in_memory(page, std::move(left));
    else
      store_.remove(page->key);
  }
  const Millis now = clock_.wall();
  // On the drive they are found by the list when they are read; what is hard there goes out of the index now.
  for (const Purge& purge : purges) {
    if (!purge.hard || purge.at < now - kJustNow) continue;  // one that comes late must leave what is newer
    if (purge.kind == Purge::Kind::key) store_.remove(purge.text);
    if (purge.kind == Purge::Kind::all) store_.remove_all();
  }
  return pages;
}

std::size_t Purger::purge(std::vector<Purge> purges, Done done) {
  const std::size_t pages = carry_out(purges);
  if (cache_path_.empty()) {
    done(true);
    return pages;
  }
  auto waiting = std::make_shared<Waiting>();
  waiting->done = std::move(done);
  waiting->until = clock_.steady() + kPatience;
  {
    std::lock_guard lock(mutex_);
    std::erase_if(waiting_, [](const auto& other) { return other.use_count() == 1; });
    waiting_.push_back(waiting);
  }
  post(std::move(purges), std::move(waiting));
  return pages;
}

void Purger::post(std::vector<Purge> purges, std::shared_ptr<Waiting> waiting) {
  const bool posted = thread_.post([this, waiting, purges = std::move(purges)] {
    const bool durable = write(purges);
    if (waiting) waiting->end(durable);
  });
  if (!posted && waiting) waiting->end(false);
}

// What the drive did not take before comes first.
bool Purger::write(std::vector<Purge> purges) {
  const bool told = behind_.exchange(true);
  unwritten_.insert(unwritten_.end(), std::make_move_iterator(purges.begin()), std::make_move_iterator(purges.end()));
  if (!log_) open_log();
  const Status written = log_ ? log_->append(unwritten_) : Status(Error{"there is no file for purges"});
  if (written) {
    unwritten_.clear();
    behind_ = false;
    return true;
  }
  if (!told) report_(Level::error, fmt::format("{}: purges will not outlive a restart", written.error().message));
  log_.reset();  // what follows a line that is not whole is never read; opening it again goes on before that
  unwritten_ = what_still_counts(unwritten_);
  return false;
}

void Purger::forget(const std::vector<std::string>& keys) {
  std::vector<Purge> purges;
  for (const std::string& key : keys) purges.push_back({.text = key, .hard = true, .at = clock_.wall()});
  carry_out(purges);
  if (!cache_path_.empty()) post(std::move(purges), nullptr);
}

void Purger::expire() {
  std::vector<std::shared_ptr<Waiting>> late;
  {
    std::lock_guard lock(mutex_);
    const Millis now = clock_.steady();
    for (const auto& waiting : waiting_)
      if (now > waiting->until) late.push_back(waiting);
    std::erase_if(waiting_, [&](const auto& waiting) { return now > waiting->until; });
  }
  for (const auto& waiting : late) waiting->end(false);
  if ((known_ && !behind_) || clock_.steady() < next_try_) return;
  next_try_ = clock_.steady() + kBetweenTries;
  (void)thread_.post([this] {
    if (!known_) open_log();
    if (behind_) write({});
  });
}

void Purger::stop() {
  thread_.stop();
  std::lock_guard lock(mutex_);
  for (const auto& waiting : waiting_) waiting->end(false);
  waiting_.clear();
}

}  // namespace larder::server

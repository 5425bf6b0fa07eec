#include "server/purger.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <utility>

namespace larder::server {

using cache::Purge;

namespace {

constexpr Millis kBetweenTries = 5'000;

}  // namespace

Purger::Purger(cache::PageStore& store, cache::PurgeList& list, std::string cache_path, const Clock& clock,
               Counters& counters, Report report)
    : store_(store),
      list_(list),
      cache_path_(std::move(cache_path)),
      clock_(clock),
      counters_(counters),
      report_(std::move(report)) {
  open_log();
}

void Purger::open_log() {
  struct stat status {};
  if (cache_path_.empty()) known_ = true;
  if (cache_path_.empty() || ::stat(cache_path_.c_str(), &status) != 0) return;
  if (!S_ISDIR(status.st_mode)) known_ = true;
  if (!S_ISDIR(status.st_mode)) return;
  std::vector<Purge> purges;
  auto log = PurgeLog::open(cache_path_ + "/purges", purges);
  if (!log) return report_(Level::error, log.error().message);
  if (!purges.empty()) list_.add(purges);
  log_ = *std::move(log);
  known_ = true;
}

void Purger::Waiting::end(bool durable) {
  Done told;
  {
    std::lock_guard lock(mutex);
    told = std::exchange(done, nullptr);
  }
  if (told) told(durable);
}

void Purger::carry_out(const std::vector<Purge>& purges) {
  counters_.add(Counter::purges, purges.size());
  list_.add(purges);
  // On the drive they are found by the list when they are read; what is hard there goes out of the index now.
  for (const Purge& purge : purges)
    if (purge.kind == Purge::Kind::key && purge.hard) store_.remove(purge.text);
  for (const cache::PagePtr& page : store_.pages_in_memory()) {
    cache::PagePtr left = list_.sieve(page);
    if (!left)
      store_.remove(page->key);
    else if (left != page)
      store_.replace_in_memory(page, std::move(left));
  }
}

void Purger::purge(std::vector<Purge> purges, Done done) {
  carry_out(purges);
  if (cache_path_.empty()) return done(true);
  auto waiting = std::make_shared<Waiting>();
  waiting->done = std::move(done);
  waiting->until = clock_.steady() + kPatience;
  {
    std::lock_guard lock(mutex_);
    std::erase_if(waiting_, [](const auto& other) { return other.use_count() == 1; });
    waiting_.push_back(waiting);
  }
  const bool posted = thread_.post([this, waiting, purges = std::move(purges)] { append(purges, *waiting); });
  if (!posted) waiting->end(false);
}

void Purger::append(const std::vector<Purge>& purges, Waiting& waiting) {
  if (!log_) open_log();
  const Status written = log_ ? log_->append(purges) : Status(Error{"there is no file for purges"});
  if (!written) {
    report_(Level::error, fmt::format("{}: a purge will not outlive a restart", written.error().message));
    log_.reset();  // what follows a line that is not whole is never read; opening it again cuts that off
  }
  waiting.end(written.ok());
}

void Purger::forget(const std::vector<std::string>& keys) {
  std::vector<Purge> purges;
  for (const std::string& key : keys) purges.push_back({.text = key, .hard = true, .at = clock_.wall()});
  carry_out(purges);
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
  if (known_ || clock_.steady() < next_try_) return;
  next_try_ = clock_.steady() + kBetweenTries;
  (void)thread_.post([this] {
    if (!known_) open_log();
  });
}

void Purger::stop() {
  thread_.stop();
  std::lock_guard lock(mutex_);
  for (const auto& waiting : waiting_) waiting->end(false);
  waiting_.clear();
}

}  // namespace larder::server

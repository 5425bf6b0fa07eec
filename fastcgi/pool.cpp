#include "fastcgi/pool.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/thread.h"
#include "base/unique_fd.h"
#include "fastcgi/lane.h"
#include "fastcgi/render_limit.h"
#include "fastcgi/waiting_line.h"

namespace larder::fastcgi {
namespace {

constexpr Millis kPatience = 1'000;         // for a php-fpm that is starting
constexpr Millis kFirstGuess = 1'000;       // time of a render before one was seen: a cold page of a blog on a Pi
constexpr std::int64_t kAverageWeight = 8;  // the newest render counts one eighth
constexpr Millis kUntilEnded = 15'000;  // after the limit: php-fpm looks at thirds of it, so every 10 s for one of 30
constexpr Millis kSoon = 500;           // a wait that does not hurt
constexpr Millis kAtWork = 60'000;      // an administrator who asked for something goes on for so long
constexpr std::int64_t kSpread = 4;     // seconds of Retry-After given in turn
constexpr std::int64_t kShortestRetry = 2, kLongestRetry = 30;

bool may_repeat(const Lane::End& end, const Job& job) {
  if (end.outcome == Outcome::no_worker) return !end.request_begun;
  return end.outcome == Outcome::died_before_head && !end.answer_begun && job.idempotent();
}

}  // namespace

class Pool::Impl {
 public:
  Impl(PoolOptions options, const Clock& clock, Counters& counters);

  void submit(std::shared_ptr<Job> job);
  void expire();
  void set_parallel(std::size_t jobs);
  void stop();
  std::size_t busy() const;
  std::size_t queued() const;
  std::size_t room() const;
  bool would_wait() const;
  int retry_after() const;

 private:
  using Waiting = WaitingLine::Waiting;

  void serve();
  bool take(Waiting& next);
  void release(const Waiting& done, Millis started, Outcome outcome);
  Outcome render(Lane& lane, Job& job);
  void count(Outcome outcome);
  bool too_old(const Waiting& waiting) const { return clock_.steady() - waiting.since > options_.queue_wait; }
  void end_expired(Job& job) {
    counters_.add(Counter::queue_expired);
    job.on_end(Outcome::queue_expired);
  }
  // With mutex_ held. Jobs that an idle lane is about to take do not wait.
  std::size_t free() const { return parallel_ - std::min(parallel_, options_.lanes - idle_); }
  // One lane is left for administrators while they are at work, none of them has one, and being the next would not do:
  // a lane that stands idle is a page that is not made.
  std::size_t kept() const {
    const bool at_work = administrator_seen_ && clock_.steady() - *administrator_seen_ < kAtWork;
    const bool turn_is_far = render_time_ > static_cast<Millis>(parallel_) * kSoon;
    return at_work && turn_is_far && parallel_ >= 2 && administrators_ == 0 ? 1 : 0;
  }
  std::size_t free_for_others() const { return free() - std::min(free(), kept()); }
  std::size_t taken_soon() const {
    return std::min(queue_.size(), queue_.administrators() > 0 ? free() : free_for_others());
  }
  std::size_t bound() const { return options_.queue.value_or(room_for(parallel_, render_time_)); }

  const PoolOptions options_;
  const Clock& clock_;
  Counters& counters_;
  const UniqueFd stop_fd_;

  mutable std::mutex mutex_;  // guards what follows, up to lanes_
  std::condition_variable work_;
  WaitingLine queue_;
  std::optional<Millis> administrator_seen_;
  std::size_t administrators_ = 0;  // lanes that have a job of theirs
  std::size_t idle_ = 0;            // lanes without a job
  std::size_t parallel_ = 0;        // lanes that may have one
  bool stopping_ = false;
  Millis render_time_ = kFirstGuess;
  mutable std::int64_t refusals_ = 0;

  std::mutex stop_mutex_;  // one stop() at a time
  std::vector<Thread> lanes_;
};

Pool::Impl::Impl(PoolOptions options, const Clock& clock, Counters& counters)
    : options_(std::move(options)), clock_(clock), counters_(counters), stop_fd_(::eventfd(0, EFD_CLOEXEC)) {
  if (!stop_fd_) std::abort();  // as for a thread: a program that cannot have its few descriptors is broken
  idle_ = parallel_ = options_.lanes;
  for (std::size_t i = 0; i < options_.lanes; ++i) lanes_.emplace_back("php-lane", [this] { serve(); });
}

void Pool::Impl::submit(std::shared_ptr<Job> job) {
  std::shared_ptr<Job> refused = job;
  Outcome why = Outcome::stopping;
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      why = Outcome::queue_full;
      const Millis now = clock_.steady();
      if (job->job_class() == JobClass::administrator) administrator_seen_ = now;
      WaitingLine::Pushed pushed = queue_.push(std::move(job), bound() + free_for_others(), now);
      if (pushed.taken) {
        refused = std::move(pushed.displaced);
        work_.notify_one();
      }
      if (refused) counters_.add(Counter::queue_refused);
    }
  }
  if (refused) refused->on_end(why);
}

void Pool::Impl::expire() {
  std::vector<Waiting> expired;
  {
    const std::lock_guard lock(mutex_);
    expired = queue_.expire(clock_.steady(), options_.queue_wait);
    if (taken_soon() > 0) work_.notify_all();  // the lane that was kept for administrators may be kept no longer
  }
  for (const Waiting& waiting : expired) end_expired(*waiting.job);
}

// Lanes that end a job look for the next one themselves; only idle ones must be woken.
void Pool::Impl::set_parallel(std::size_t jobs) {
  {
    const std::lock_guard lock(mutex_);
    parallel_ = std::clamp<std::size_t>(jobs, 1, options_.lanes);
  }
  work_.notify_all();
}

void Pool::Impl::stop() {
  const std::lock_guard one_at_a_time(stop_mutex_);
  std::vector<Waiting> left;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    left = queue_.clear();
  }
  work_.notify_all();
  ::eventfd_write(stop_fd_.get(), 1);
  for (const Waiting& waiting : left) waiting.job->on_end(Outcome::stopping);
  lanes_.clear();  // joins
}

// The life of a lane's thread.
void Pool::Impl::serve() {
  Lane lane(options_.address, stop_fd_.get());
  Waiting next;
  while (take(next)) {
    const Millis started = clock_.steady();
    Outcome outcome = Outcome::abandoned;
    if (too_old(next))
      outcome = Outcome::queue_expired;
    else if (next.job->wanted())
      outcome = render(lane, *next.job);
    if (outcome == Outcome::timed_out) {  // the client is told at once, but the worker is still busy
      RenderLimit limit(clock_, kUntilEnded);
      next.job->on_end(outcome);
      lane.see_off(limit);
      release(next, started, outcome);
    } else {  // whoever asks again from on_end finds a lane
      release(next, started, outcome);
      outcome == Outcome::queue_expired ? end_expired(*next.job) : next.job->on_end(outcome);
    }
    next.job.reset();
  }
}

// Waits for a job and takes it; false when the pool stops.
bool Pool::Impl::take(Waiting& next) {
  std::unique_lock lock(mutex_);
  std::optional<Waiting> taken;
  work_.wait(lock, [&] {
    if (!stopping_ && free() > 0) taken = queue_.pop(clock_.steady(), free_for_others() == 0);
    return stopping_ || taken;
  });
  if (!taken) return false;
  next = *std::move(taken);
  --idle_;
  if (next.job_class == JobClass::administrator && administrators_++ == 0)
    work_.notify_one();  // the lane that was kept is kept no longer
  return true;
}

void Pool::Impl::release(const Waiting& done, Millis started, Outcome outcome) {
  const std::lock_guard lock(mutex_);
  ++idle_;
  if (done.job_class == JobClass::administrator) --administrators_;
  // Failures that take no time would make the pool look fast.
  if (outcome == Outcome::complete || outcome == Outcome::timed_out)
    render_time_ += (clock_.steady() - started - render_time_) / kAverageWeight;
}

Outcome Pool::Impl::render(Lane& lane, Job& job) {
  counters_.add(Counter::renders);
  job.on_start();
  RenderLimit limit(clock_, options_.timeout);
  Lane::End end = lane.run(job, limit, 0);
  if (may_repeat(end, job) && !limit.over()) {
    counters_.add(Counter::renders_retried);
    end = lane.run(job, limit, kPatience);
  }
  count(end.outcome);
  return end.outcome;
}

void Pool::Impl::count(Outcome outcome) {
  if (outcome == Outcome::timed_out) counters_.add(Counter::renders_timed_out);
  if (outcome != Outcome::complete && outcome != Outcome::abandoned && outcome != Outcome::stopping)
    counters_.add(Counter::renders_failed);
}

std::size_t Pool::Impl::busy() const {
  const std::lock_guard lock(mutex_);
  return options_.lanes - idle_ + taken_soon();
}

std::size_t Pool::Impl::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size() - taken_soon();
}

std::size_t Pool::Impl::room() const {
  const std::lock_guard lock(mutex_);
  return bound();
}

bool Pool::Impl::would_wait() const {
  const std::lock_guard lock(mutex_);
  return queue_.size() >= free_for_others();
}

int Pool::Impl::retry_after() const {
  const std::lock_guard lock(mutex_);
  const auto lanes = static_cast<std::int64_t>(std::max<std::size_t>(parallel_, 1));
  const auto waiting = static_cast<std::int64_t>(queue_.size() - taken_soon());
  const std::int64_t seconds = (waiting * render_time_ + lanes * 1'000 - 1) / (lanes * 1'000);
  const std::int64_t spread = refusals_++ % kSpread;
  return static_cast<int>(std::clamp(seconds + spread, kShortestRetry, kLongestRetry));
}

Pool::Pool(PoolOptions options, const Clock& clock, Counters& counters)
    : impl_(std::make_unique<Impl>(std::move(options), clock, counters)) {}

Pool::~Pool() { stop(); }
void Pool::submit(std::shared_ptr<Job> job) { impl_->submit(std::move(job)); }
void Pool::expire() { impl_->expire(); }
void Pool::set_parallel(std::size_t jobs) { impl_->set_parallel(jobs); }
void Pool::stop() { impl_->stop(); }
std::size_t Pool::busy() const { return impl_->busy(); }
std::size_t Pool::queued() const { return impl_->queued(); }
std::size_t Pool::room() const { return impl_->room(); }
bool Pool::would_wait() const { return impl_->would_wait(); }
int Pool::retry_after() const { return impl_->retry_after(); }

}  // namespace larder::fastcgi

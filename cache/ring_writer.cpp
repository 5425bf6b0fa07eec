#include "cache/ring_writer.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace larder::cache {
namespace {

// How long a page may be in memory only; kill -9 loses no more than that.
constexpr Millis kWriteWithin = 1'000;
// How often the clock is asked while something waits for it.
constexpr std::chrono::milliseconds kTick{250};

}  // namespace

RingWriter::RingWriter(Ring& ring, std::uint64_t queue_bytes, DriveMonitor& monitor, const Clock& clock,
                       Counters& counters, std::function<void()> begun)
    : ring_(ring),
      monitor_(monitor),
      clock_(clock),
      counters_(counters),
      begun_(std::move(begun)),
      queue_(queue_bytes),
      thread_("ring-writer", [this] { run(); }) {}

RingWriter::~RingWriter() { stop(); }

void RingWriter::put(PagePtr page) {
  std::lock_guard lock(mutex_);
  const std::uint64_t hash = ring_.hash(page->key);
  if (stopping_ || !queue_.put(std::move(page))) {
    counters_.add(Counter::ring_write_dropped);
    ring_.forget(hash);
    return;
  }
  work_.notify_one();
}

bool RingWriter::put_again(Ring::Found rescued) {
  std::lock_guard lock(mutex_);
  const std::uint64_t hash = ring_.hash(rescued.page->key);
  if (stopping_ || queue_.find(rescued.page->key) || !ring_.holds(hash, rescued.at)) return false;
  if (!queue_.put(std::move(rescued.page), true)) return false;
  counters_.add(Counter::ring_reinserted);
  work_.notify_one();
  return true;
}

void RingWriter::remove(std::string_view key) {
  std::lock_guard lock(mutex_);
  queue_.cancel(key);
  ring_.forget(ring_.hash(key));
}

void RingWriter::remove_all() {
  std::lock_guard lock(mutex_);
  queue_.clear();
  ring_.forget_all();
}

PagePtr RingWriter::find(std::string_view key) {
  std::lock_guard lock(mutex_);
  return queue_.find(key);
}

void RingWriter::wake() {
  std::lock_guard lock(mutex_);
  work_.notify_one();
}

void RingWriter::flush(Patience patience) {
  Lock lock(mutex_);
  const std::uint64_t ticket = ++flushes_wanted_;
  work_.notify_one();
  flushed_.wait_for(lock, patience, [&] { return flushes_done_ >= ticket || ended_ || at_once_; });
}

void RingWriter::stop(End how) {
  std::lock_guard lock(mutex_);
  stopping_ = true;
  at_once_ = at_once_ || how == End::at_once;
  work_.notify_one();
  if (at_once_) flushed_.notify_all();
}

bool RingWriter::wait_for_end(Patience patience) {
  Lock lock(mutex_);
  return flushed_.wait_for(lock, patience, [&] { return ended(); });
}

bool RingWriter::stuck() const {
  const Millis since = busy_since_.load(std::memory_order_relaxed);
  return since != 0 && clock_.steady() - since > kStuckAfter;
}

// Runs what may hang, without the lock.
template <class Write>
auto RingWriter::unlocked(Lock& lock, Write write) {
  lock.unlock();
  busy_since_ = clock_.steady();
  auto result = write();
  busy_since_ = 0;
  lock.lock();
  return result;
}

void RingWriter::run() {
  Lock lock(mutex_);
  while (!stopping_) {
    wait_for_work(lock);
    if (!ring_.writable()) continue;
    const bool flush = flushes_done_ < flushes_wanted_;
    if (flush)
      serve_flush(lock);
    else
      write_some(lock);
  }
  if (!at_once_) serve_flush(lock);
  if (at_once_) {
    give_up_queue();
  } else if (auto closed = unlocked(lock, [&] { return ring_.close(); }); !closed) {
    counters_.add(Counter::ring_errors);
  }
  ended_ = true;
  flushed_.notify_all();
}

bool RingWriter::can_write() const { return !at_once_ && ring_.writable() && monitor_.may_write(); }

void RingWriter::wait_for_work(Lock& lock) {
  const auto has_work = [&] {
    if (stopping_) return true;
    return ring_.writable() && (flushes_done_ < flushes_wanted_ || (!queue_.empty() && can_write()));
  };
  // The clock cannot wake anybody, so while something depends on it, it is looked at now and then.
  const bool waits_for_time = unwritten_since_ > 0 || (!queue_.empty() && !can_write());
  if (waits_for_time)
    work_.wait_for(lock, kTick, has_work);
  else
    work_.wait(lock, has_work);
}

void RingWriter::write_some(Lock& lock) {
  if (can_write() && !queue_.empty()) {
    if (!write_next(lock)) return;
    // Only a sync tells whether the drive works again.
    if (monitor_.write_failing() && !write_out_and_sync(lock)) return;
  }
  write_out_when_due(lock);
}

// False when the drive failed; the page stays in the queue.
bool RingWriter::write_next(Lock& lock) {
  const PagePtr page = queue_.front();
  const bool again = queue_.front_again();
  const std::uint64_t hash = ring_.hash(page->key);
  const auto segments = ring_.segments_begun();
  const auto at = unlocked(lock, [&] { return ring_.append(*page, hash); });
  if (segments != ring_.segments_begun()) begun_();
  if (!at) {
    failed(at.error(), lock);
    return false;
  }
  if (!again) counters_.add(Counter::ring_record_bytes, at->length);
  // Under the lock, so that a put() or remove() that came meanwhile is not undone.
  if (queue_.finish(page)) ring_.publish(hash, *at);
  if (!ring_.has_unwritten())
    unwritten_since_ = 0;
  else if (unwritten_since_ == 0)
    unwritten_since_ = clock_.steady();
  return true;
}

void RingWriter::write_out_when_due(Lock& lock) {
  if (unwritten_since_ == 0 || clock_.steady() - unwritten_since_ < kWriteWithin) return;
  const auto written = unlocked(lock, [&] { return ring_.write_out(); });
  unwritten_since_ = 0;
  if (!written) failed(written.error(), lock);
}

void RingWriter::serve_flush(Lock& lock) {
  const std::uint64_t ticket = flushes_wanted_;
  // What comes while this goes on belongs to the next flush. A page whose write failed gets the second try that the
  // monitor allows.
  for (std::size_t left = queue_.size() + 1; left > 0 && !queue_.empty() && can_write(); --left) write_next(lock);
  const bool synced = can_write() && write_out_and_sync(lock);
  if (!synced) give_up_queue();
  flushes_done_ = ticket;
  flushed_.notify_all();
}

bool RingWriter::write_out_and_sync(Lock& lock) {
  const auto status = unlocked(lock, [&] {
    auto written = ring_.write_out();
    return written ? ring_.sync() : written;
  });
  unwritten_since_ = 0;
  if (!status) {
    failed(status.error(), lock);
    return false;
  }
  monitor_.write_worked();
  return true;
}

void RingWriter::give_up_queue() {
  while (!queue_.empty()) {
    const PagePtr page = queue_.front();
    queue_.finish(page);
    ring_.forget(ring_.hash(page->key));
    counters_.add(Counter::ring_write_dropped);
  }
}

void RingWriter::failed(const Error& error, Lock& lock) {
  ring_.abandon(error.code);
  unwritten_since_ = 0;
  lock.unlock();
  monitor_.write_failed(error);
  lock.lock();
}

}  // namespace larder::cache

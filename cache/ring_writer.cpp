#include "cache/ring_writer.h"

#include <fmt/core.h>

#include <chrono>

namespace larder::cache {
namespace {

// How long a page may be in memory only; kill -9 loses no more than that.
constexpr Millis kWriteWithin = 1'000;
// How often the clock is asked while something waits for it.
constexpr std::chrono::milliseconds kTick{250};

}  // namespace

RingWriter::RingWriter(Ring& ring, std::uint64_t queue_bytes, const Clock& clock, Counters& counters, Report report)
    : ring_(ring),
      clock_(clock),
      counters_(counters),
      report_(std::move(report)),
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

void RingWriter::remove(std::string_view key) {
  std::lock_guard lock(mutex_);
  queue_.cancel(key);
  ring_.forget(ring_.hash(key));
}

PagePtr RingWriter::find(std::string_view key) {
  std::lock_guard lock(mutex_);
  return queue_.find(key);
}

void RingWriter::wake() {
  std::lock_guard lock(mutex_);
  work_.notify_one();
}

void RingWriter::flush() {
  Lock lock(mutex_);
  const std::uint64_t ticket = ++flushes_wanted_;
  work_.notify_one();
  flushed_.wait(lock, [&] { return flushes_done_ >= ticket || stopped_; });
}

void RingWriter::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    work_.notify_one();
  }
  thread_.join();
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
  serve_flush(lock);
  lock.unlock();
  if (auto closed = ring_.close(); !closed) counters_.add(Counter::ring_errors);
  lock.lock();
  stopped_ = true;
  flushed_.notify_all();
}

bool RingWriter::can_write() const { return ring_.writable() && health_.may_try(clock_.steady()); }

void RingWriter::wait_for_work(Lock& lock) {
  const auto has_work = [&] {
    if (stopping_) return true;
    return ring_.writable() && (flushes_done_ < flushes_wanted_ || (!queue_.empty() && can_write()));
  };
  // The clock cannot wake anybody, so while something depends on it, it is looked at now and then.
  const bool waits_for_time = unwritten_since_ > 0 || (health_.failing() && !queue_.empty());
  if (waits_for_time)
    work_.wait_for(lock, kTick, has_work);
  else
    work_.wait(lock, has_work);
}

void RingWriter::write_some(Lock& lock) {
  if (can_write() && !queue_.empty()) {
    if (!write_next(lock)) return;
    // Only a sync tells whether the drive works again.
    if (health_.failing() && !write_out_and_sync(lock)) return;
  }
  write_out_when_due(lock);
}

// False when the drive failed; the page stays in the queue.
bool RingWriter::write_next(Lock& lock) {
  const PagePtr page = queue_.front();
  const std::uint64_t hash = ring_.hash(page->key);
  lock.unlock();
  const auto at = ring_.append(*page, hash);
  lock.lock();
  if (!at) {
    failed(at.error(), lock);
    return false;
  }
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
  lock.unlock();
  const auto written = ring_.write_out();
  lock.lock();
  unwritten_since_ = 0;
  if (!written) failed(written.error(), lock);
}

void RingWriter::serve_flush(Lock& lock) {
  const std::uint64_t ticket = flushes_wanted_;
  // What comes while this goes on belongs to the next flush.
  for (std::size_t left = queue_.size(); left > 0 && !queue_.empty() && can_write(); --left)
    if (!write_next(lock)) break;
  const bool synced = can_write() && write_out_and_sync(lock);
  if (!synced) give_up_queue();
  flushes_done_ = ticket;
  flushed_.notify_all();
}

bool RingWriter::write_out_and_sync(Lock& lock) {
  lock.unlock();
  auto status = ring_.write_out();
  if (status) status = ring_.sync();
  lock.lock();
  unwritten_since_ = 0;
  if (!status) {
    failed(status.error(), lock);
    return false;
  }
  worked(lock);
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
  counters_.add(Counter::ring_errors);
  ring_.abandon(error.code);
  unwritten_since_ = 0;
  if (!health_.failed(clock_.steady()) || !report_) return;
  lock.unlock();
  report_(Level::warning,
          fmt::format("{}; pages stay in memory while the drive is tried again now and then", error.message));
  lock.lock();
}

void RingWriter::worked(Lock& lock) {
  if (!health_.worked() || !report_) return;
  lock.unlock();
  report_(Level::info, "the cache drive can be written again");
  lock.lock();
}

}  // namespace larder::cache

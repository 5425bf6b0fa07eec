#include "cache/ring_reader.h"

#include <fmt/core.h>

#include <utility>

namespace larder::cache {

RingReader::RingReader(Ring& ring, const Clock& clock, Counters& counters, Report report,
                       std::function<void()> on_writable)
    : ring_(ring),
      clock_(clock),
      counters_(counters),
      report_(std::move(report)),
      on_writable_(std::move(on_writable)),
      thread_("ring-reader", [this] { run(); }) {}

RingReader::~RingReader() { stop(); }

void RingReader::read(std::string key, Answer answer) {
  if (!stuck()) {
    std::lock_guard lock(mutex_);
    if (!stopping_ && waiting_.size() < kMostWaiting) {
      waiting_.push_back({std::move(key), std::move(answer)});
      work_.notify_one();
      return;
    }
  }
  answer({});
}

bool RingReader::stuck() const {
  const Millis since = busy_since_.load(std::memory_order_relaxed);
  return since != 0 && clock_.steady() - since > kStuckAfter;
}

void RingReader::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    work_.notify_one();
  }
  thread_.join();
}

void RingReader::run() {
  LookUp look_up;
  while (wait_for_work()) {
    if (take(look_up)) look_up.answer(read_ring(look_up.key));
    look_up = {};
    if (ring_.recovering()) recover();
  }
  while (take(look_up)) look_up.answer({});
}

// False when it is time to stop.
bool RingReader::wait_for_work() {
  std::unique_lock lock(mutex_);
  work_.wait(lock, [&] { return stopping_ || !waiting_.empty() || ring_.recovering(); });
  return !stopping_;
}

bool RingReader::take(LookUp& look_up) {
  std::lock_guard lock(mutex_);
  if (waiting_.empty()) return false;
  look_up = std::move(waiting_.front());
  waiting_.pop_front();
  return true;
}

void RingReader::recover() {
  const bool was_writable = ring_.writable();
  busy_since_ = clock_.steady();
  const Status status = ring_.recover_step();
  busy_since_ = 0;
  note(status);
  if (!was_writable && ring_.writable()) on_writable_();
}

Ring::Found RingReader::read_ring(const std::string& key) {
  busy_since_ = clock_.steady();
  auto found = ring_.read(key);
  busy_since_ = 0;
  note(found ? Status(Done{}) : Status(found.error()));
  return found ? *found : Ring::Found{};
}

// Counts every failure, reports the first of a row and its end.
void RingReader::note(const Status& status) {
  if (!status) counters_.add(Counter::ring_errors);
  if (failing_ == !status.ok()) return;
  failing_ = !status.ok();
  if (!report_) return;
  if (failing_)
    report_(Level::warning, fmt::format("{}; such pages count as not there", status.error().message));
  else
    report_(Level::info, "the cache drive can be read again");
}

}  // namespace larder::cache

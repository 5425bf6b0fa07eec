#include "cache/ring_reader.h"

#include <utility>
#include <vector>

namespace larder::cache {

RingReader::RingReader(Ring& ring, DriveMonitor& monitor, const Clock& clock, Events events)
    : ring_(ring), monitor_(monitor), clock_(clock), events_(std::move(events)), thread_("ring-reader", [this] {
        run();
      }) {}

RingReader::~RingReader() { stop(); }

void RingReader::read(std::string key, Answer answer) {
  if (!stuck() && monitor_.may_read()) {
    std::lock_guard lock(mutex_);
    if (!stopping_ && waiting_.size() < kMostWaiting) {
      waiting_.push_back({std::move(key), std::move(answer)});
      work_.notify_one();
      return;
    }
  }
  answer({});
}

void RingReader::probe() {
  std::lock_guard lock(mutex_);
  probe_wanted_ = true;
  work_.notify_one();
}

void RingReader::wake() {
  std::lock_guard lock(mutex_);
  work_.notify_one();
}

bool RingReader::stuck() const {
  const Millis since = busy_since_.load(std::memory_order_relaxed);
  return since != 0 && clock_.steady() - since > kStuckAfter;
}

void RingReader::give_up() {
  std::deque<LookUp> waiting;
  std::optional<Answer> under_way;
  {
    std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
    under_way.swap(under_way_);
  }
  if (under_way) (*under_way)({});
  for (const LookUp& look_up : waiting) look_up.answer({});
}

void RingReader::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    work_.notify_one();
  }
  give_up();
}

template <class Read>
auto RingReader::timed(Read read) {
  busy_since_ = clock_.steady();
  auto result = read();
  busy_since_ = 0;
  return result;
}

void RingReader::run() {
  Lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [&] { return stopping_ || has_work(); });
    if (stopping_) break;
    work(lock);
  }
  ended_ = true;
  work_.notify_all();
}

bool RingReader::wait_for_end(std::chrono::milliseconds patience) {
  Lock lock(mutex_);
  return work_.wait_for(lock, patience, [&] { return ended(); });
}

bool RingReader::has_work() const {
  return !waiting_.empty() || probe_wanted_ || ((ring_.recovering() || ring_.wants_rescue()) && monitor_.may_read());
}

// A step of each, so that none waits for all of another.
void RingReader::work(Lock& lock) {
  if (!waiting_.empty()) look_up(lock);
  const bool probe = std::exchange(probe_wanted_, false);
  lock.unlock();
  if (probe) note(timed([&] { return ring_.probe(); }));
  if (monitor_.may_read()) {
    if (ring_.recovering())
      recover();
    else if (ring_.wants_rescue())
      rescue();
  }
  lock.lock();
}

void RingReader::look_up(Lock& lock) {
  LookUp next = std::move(waiting_.front());
  waiting_.pop_front();
  under_way_ = std::move(next.answer);
  lock.unlock();
  Result<Ring::Found> found = Ring::Found{};
  if (monitor_.may_read()) {
    found = timed([&] { return ring_.read(next.key); });
    note(found ? Status(Done{}) : Status(found.error()));
  }
  lock.lock();
  std::optional<Answer> answer;
  answer.swap(under_way_);
  lock.unlock();
  if (answer) (*answer)(found ? *std::move(found) : Ring::Found{});
  answer.reset();
  lock.lock();
}

void RingReader::recover() {
  const bool was_writable = ring_.writable();
  note(timed([&] { return ring_.recover_step(); }));
  if (!was_writable && ring_.writable()) events_.writable();
  if (!ring_.recovering()) monitor_.recovered();
}

void RingReader::rescue() {
  auto rescued = timed([&] { return ring_.rescue_step(clock_.wall()); });
  note(rescued ? Status(Done{}) : Status(rescued.error()));
  if (rescued && rescued->page) events_.rescued(*std::move(rescued));
}

void RingReader::note(const Status& status) {
  if (status)
    monitor_.read_worked();
  else
    monitor_.read_failed(status.error());
}

}  // namespace larder::cache

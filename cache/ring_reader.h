// RingReader: the thread that reads the ring: look-ups first; recovery, probes and rescues in between.
//
// Threads: all functions from any thread; none but wait_for_end() and the destructor waits for the drive. Lifetime:
// ring, monitor and clock outlive the reader.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/thread.h"
#include "cache/drive_monitor.h"
#include "cache/ring.h"

namespace larder::cache {

class RingReader {
 public:
  // Both are called on the reader's thread. Lifetime: they stay usable until the reader is gone.
  struct Events {
    std::function<void()> writable;            // once: recovery has come so far that the ring can be written
    std::function<void(Ring::Found)> rescued;  // a record that is worth being written again
  };
  RingReader(Ring& ring, DriveMonitor& monitor, const Clock& clock, Events events);
  ~RingReader();  // stop(), and waits for the thread

  // Called once: on the reader's thread, on the caller's with nothing when the look-up cannot be taken, or on that of
  // whoever gave up waiting.
  using Answer = std::function<void(Ring::Found)>;
  void read(std::string key, Answer answer);

  void probe();  // finds out, some time, whether the drive can be read
  void wake();   // there may be something to rescue

  // A read has been under way for longer than anyone should wait.
  bool stuck() const;
  // Answers all look-ups, the one under way too, with nothing.
  void give_up();

  // Answers what waits with nothing; the thread ends when the drive lets it. ended(): it has.
  void stop();
  bool ended() const { return ended_; }
  bool wait_for_end(std::chrono::milliseconds patience);  // ended()

  static constexpr std::size_t kMostWaiting = 1024;
  static constexpr Millis kStuckAfter = 2'000;

 private:
  struct LookUp {
    std::string key;
    Answer answer;
  };
  using Lock = std::unique_lock<std::mutex>;

  void run();
  bool has_work() const;
  void work(Lock& lock);
  void look_up(Lock& lock);
  void recover();
  void rescue();
  template <class Read>
  auto timed(Read read);
  void note(const Status& status);

  Ring& ring_;
  DriveMonitor& monitor_;
  const Clock& clock_;
  const Events events_;
  std::atomic<Millis> busy_since_{0};  // steady; 0: no read is under way
  std::atomic<bool> ended_{false};

  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::deque<LookUp> waiting_;
  std::optional<Answer> under_way_;  // empty when somebody gave it up
  bool probe_wanted_ = false, stopping_ = false;
  Thread thread_;
};

}  // namespace larder::cache

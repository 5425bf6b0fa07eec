// RingReader: the thread that reads the ring: look-ups first, recovery in between.
//
// Threads: all functions from any thread; none but stop() waits for the drive. Lifetime: ring, clock and counters
// outlive the reader.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "base/thread.h"
#include "cache/ring.h"

namespace larder::cache {

class RingReader {
 public:
  // `on_writable` is called once, on the reader's thread, when recovery has come so far that the ring can be written.
  RingReader(Ring& ring, const Clock& clock, Counters& counters, Report report, std::function<void()> on_writable);
  ~RingReader();  // stop()

  // Called once: on the reader's thread, or on the caller's with nothing when the look-up cannot be taken.
  using Answer = std::function<void(Ring::Found)>;
  void read(std::string key, Answer answer);

  // A read has been under way for longer than anyone should wait.
  bool stuck() const;

  // Answers what waits with nothing, and ends the thread.
  void stop();

  static constexpr std::size_t kMostWaiting = 1024;
  static constexpr Millis kStuckAfter = 2'000;

 private:
  struct LookUp {
    std::string key;
    Answer answer;
  };

  void run();
  bool wait_for_work();
  bool take(LookUp& look_up);
  void recover();
  Ring::Found read_ring(const std::string& key);
  void note(const Status& status);

  Ring& ring_;
  const Clock& clock_;
  Counters& counters_;
  const Report report_;
  const std::function<void()> on_writable_;
  std::atomic<Millis> busy_since_{0};  // steady; 0: no read is under way
  bool failing_ = false;               // the thread's own

  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<LookUp> waiting_;
  bool stopping_ = false;
  Thread thread_;
};

}  // namespace larder::cache

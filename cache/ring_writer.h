// RingWriter: the thread that writes the ring, and the pages that wait for it.
//
// A page is written within about a second of put(), a full segment is synced at once. After a failure the open segment
// is given up, and the monitor says when the drive may be tried again; pages wait as long as the queue has room.
// Threads: all functions from any thread; none but flush(), wait_for_end() and the destructor waits for the drive.
// Lifetime: ring, monitor, clock and counters outlive the writer.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/counters.h"
#include "base/thread.h"
#include "cache/drive_monitor.h"
#include "cache/put_queue.h"
#include "cache/ring.h"

namespace larder::cache {

class RingWriter {
 public:
  // `begun` is called on the writer's thread when a segment has been begun. Lifetime: usable until the writer is gone.
  RingWriter(Ring& ring, std::uint64_t queue_bytes, DriveMonitor& monitor, const Clock& clock, Counters& counters,
             std::function<void()> begun);
  ~RingWriter();  // stop(), and waits for the thread

  // A page that the queue has no room for is dropped and counted; then the ring forgets the key.
  void put(PagePtr page);
  // A page whose record is about to be overwritten. False when the record is not the newest of its key any more.
  bool put_again(Ring::Found rescued);
  // A page under way is not written; the ring forgets the key.
  void remove(std::string_view key);
  void remove_all();

  // The page under way, or nullptr.
  PagePtr find(std::string_view key);

  void wake();  // the ring has become writable
  // Waits, at most so long, until what was put so far is synced or given up.
  using Patience = std::chrono::milliseconds;
  void flush(Patience patience);
  // How it ends: in_order writes what waits and closes the ring, else all of that is given up. ended(): it is done.
  enum class End { in_order, at_once };
  void stop(End how = End::in_order);
  bool ended() const { return ended_; }
  bool wait_for_end(Patience patience);  // ended()

  // An operation has been under way for much longer than even a slow stick takes for a segment.
  bool stuck() const;
  static constexpr Millis kStuckAfter = 30'000;

 private:
  using Lock = std::unique_lock<std::mutex>;

  void run();
  void wait_for_work(Lock& lock);
  bool can_write() const;
  void write_some(Lock& lock);
  bool write_next(Lock& lock);
  void write_out_when_due(Lock& lock);
  void serve_flush(Lock& lock);
  bool write_out_and_sync(Lock& lock);
  void give_up_queue();
  void failed(const Error& error, Lock& lock);
  template <class Write>
  auto unlocked(Lock& lock, Write write);

  Ring& ring_;
  DriveMonitor& monitor_;
  const Clock& clock_;
  Counters& counters_;
  const std::function<void()> begun_;
  std::atomic<Millis> busy_since_{0};  // steady; 0: no write is under way
  std::atomic<bool> ended_{false};

  std::mutex mutex_;
  std::condition_variable work_, flushed_;
  PutQueue queue_;
  Millis unwritten_since_ = 0;  // steady; 0: the ring has nothing unwritten
  std::uint64_t flushes_wanted_ = 0, flushes_done_ = 0;
  bool stopping_ = false, at_once_ = false;
  Thread thread_;
};

}  // namespace larder::cache

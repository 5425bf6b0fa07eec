// RingWriter: the thread that writes the ring, and the pages that wait for it.
//
// A page is written within about a second of put(), a full segment is synced at once. After a failure the open segment
// is given up and the drive left alone for a while (DriveHealth); pages wait as long as the queue has room.
// Threads: all functions from any thread; none but flush() and stop() waits for the drive. Lifetime: ring, clock and
// counters outlive the writer.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "base/thread.h"
#include "cache/drive_health.h"
#include "cache/put_queue.h"
#include "cache/ring.h"

namespace larder::cache {

class RingWriter {
 public:
  RingWriter(Ring& ring, std::uint64_t queue_bytes, const Clock& clock, Counters& counters, Report report);
  ~RingWriter();  // stop()

  // A page that the queue has no room for is dropped and counted; then the ring forgets the key.
  void put(PagePtr page);
  // A page under way is not written; the ring forgets the key.
  void remove(std::string_view key);
  // The page under way, or nullptr.
  PagePtr find(std::string_view key);

  void wake();   // the ring has become writable
  void flush();  // waits until what was put so far is synced or given up
  void stop();   // flush(), then the ring is closed

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
  void worked(Lock& lock);

  Ring& ring_;
  const Clock& clock_;
  Counters& counters_;
  const Report report_;

  std::mutex mutex_;
  std::condition_variable work_, flushed_;
  PutQueue queue_;
  DriveHealth health_;
  Millis unwritten_since_ = 0;  // steady; 0: the ring has nothing unwritten
  std::uint64_t flushes_wanted_ = 0, flushes_done_ = 0;
  bool stopping_ = false, stopped_ = false;
  Thread thread_;
};

}  // namespace larder::cache

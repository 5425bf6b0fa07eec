// TaskThread: one thread that does what may wait for a drive, so that the HTTP loops never do.
//
// Tasks run in order. The queue is bounded: post() refuses at once when it is full, and the caller answers 503. stop()
// runs what is queued, then joins.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

#include "base/thread.h"

namespace larder::server {

class TaskThread {
 public:
  using Task = std::function<void()>;

  explicit TaskThread(const char* name, std::size_t bound = 1024);
  ~TaskThread() { stop(); }
  [[nodiscard]] bool post(Task task);
  void stop();

 private:
  void run();

  std::size_t bound_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  Thread thread_;
};

}  // namespace larder::server

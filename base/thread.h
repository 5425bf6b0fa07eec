// Thread: a named thread with a small stack of a stated size, joined by its destructor.
//
// A Raspberry Pi pays for every stack that is touched and, with locked memory, for every stack that is reserved, so the
// size is explicit. All signals are blocked in the new thread: they are the main thread's business. A process that
// cannot have the few threads it starts with is broken: construction aborts then. See pthread_create(3).
// Threads: move, join() and destruction belong to one owner at a time.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <functional>

namespace larder {

class Thread {
 public:
  static constexpr std::size_t kStack = 256 * 1024;

  Thread() = default;
  // `name` is what ps and the debugger show; the kernel keeps 15 characters.
  Thread(const char* name, std::function<void()> body, std::size_t stack_bytes = kStack);
  Thread(Thread&& other) noexcept;
  Thread& operator=(Thread&& other) noexcept;
  ~Thread();  // join()

  void join();  // nothing to do when there is no thread, or not any more
  bool joinable() const { return running_; }

 private:
  pthread_t thread_{};
  bool running_ = false;
};

}  // namespace larder

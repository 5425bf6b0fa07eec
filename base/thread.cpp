#include "base/thread.h"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

namespace larder {
namespace {

struct Start {
  std::string name;
  std::function<void()> body;
};

void* run(void* raw) {
  const std::unique_ptr<Start> start(static_cast<Start*>(raw));
  ::pthread_setname_np(::pthread_self(), start->name.substr(0, 15).c_str());
  start->body();
  return nullptr;
}

[[noreturn]] void give_up(const std::string& name, int code) {
  std::fprintf(stderr, "cannot start the thread %s: %s\n", name.c_str(), std::strerror(code));
  std::abort();
}

// Sizes must be whole pages on some systems, and pages are 16 KiB on a Pi 5.
std::size_t whole_pages(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t enough = std::max(bytes, static_cast<std::size_t>(PTHREAD_STACK_MIN));
  return (enough + page - 1) / page * page;
}

}  // namespace

Thread::Thread(const char* name, std::function<void()> body, std::size_t stack_bytes) {
  auto start = std::make_unique<Start>(Start{name, std::move(body)});
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, whole_pages(stack_bytes));
  // The mask is inherited, so it is set here: the new thread never sees a signal, not even early.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const int code = ::pthread_create(&thread_, &attributes, run, start.get());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_attr_destroy(&attributes);
  if (code != 0) give_up(start->name, code);
  [[maybe_unused]] Start* const owned_by_thread = start.release();
  running_ = true;
}

Thread::Thread(Thread&& other) noexcept : thread_(other.thread_), running_(std::exchange(other.running_, false)) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  if (this != &other) {
    join();
    thread_ = other.thread_;
    running_ = std::exchange(other.running_, false);
  }
  return *this;
}

Thread::~Thread() { join(); }

void Thread::join() {
  if (std::exchange(running_, false)) ::pthread_join(thread_, nullptr);
}

}  // namespace larder

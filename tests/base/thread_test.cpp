#include "base/thread.h"

#include <atomic>
#include <csignal>
#include <string>
#include <utility>

#include "tests/support/catch.h"

using larder::Thread;

TEST_CASE("a thread has its name, its stack and no signals") {
  std::string name;
  std::size_t stack = 0;
  int open_signals = 0;
  Thread("a-name-that-is-too-long", [&] {
    name.resize(16);
    ::pthread_getname_np(::pthread_self(), name.data(), name.size());
    name.resize(name.find('\0'));
    pthread_attr_t attributes;
    ::pthread_getattr_np(::pthread_self(), &attributes);
    ::pthread_attr_getstacksize(&attributes, &stack);
    ::pthread_attr_destroy(&attributes);
    sigset_t blocked;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGCHLD})
      if (::sigismember(&blocked, number) == 0) ++open_signals;
  }).join();
  CHECK(name == "a-name-that-is-");
  CHECK(stack >= Thread::kStack);
  CHECK(stack < 4 * Thread::kStack);
  CHECK(open_signals == 0);
}

TEST_CASE("starting a thread leaves the starter's own signal mask alone") {
  sigset_t before, after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  Thread("one", [] {}).join();
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  CHECK(::sigismember(&before, SIGTERM) == ::sigismember(&after, SIGTERM));
}

TEST_CASE("a thread is joined by whoever holds it last") {
  std::atomic<int> ended{0};
  {
    Thread first("first", [&] { ++ended; });
    Thread second = std::move(first);
    CHECK_FALSE(first.joinable());
    CHECK(second.joinable());
    second = Thread("third", [&] { ++ended; });
    CHECK(ended >= 1);  // the second was joined before it was replaced
  }
  CHECK(ended == 2);
  Thread none;
  none.join();
  CHECK_FALSE(none.joinable());
}

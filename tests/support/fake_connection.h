// FakeConnections: what an HTTP loop is to a transaction: suspends, is woken. Counts both; a test waits for a wake-up
// instead of sleeping.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "server/transaction.h"

namespace larder::server {

class FakeConnections final : public Wakeable {
 public:
  void wake(void*) override {
    {
      std::lock_guard lock(mutex_);
      ++woken_;
    }
    changed_.notify_all();
  }
  bool client_left(void*) const override { return left; }

  std::size_t woken() const {
    std::lock_guard lock(mutex_);
    return woken_;
  }
  void wait_for_wakes(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return woken_ >= count; });
  }

  bool left = false;
  std::size_t suspended = 0;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t woken_ = 0;
};

class FakeSuspender final : public Suspender {
 public:
  explicit FakeSuspender(FakeConnections& connections) : connections_(connections) {}
  Waker suspend() override {
    ++connections_.suspended;
    return {connections_, this};
  }

 private:
  FakeConnections& connections_;
};

}  // namespace larder::server

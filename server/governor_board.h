// GovernorBoard: where the housekeeper writes what the governor said, and everybody else reads it.
//
// Threads: write() from one, the others from any. pressure() is one relaxed load, for every request; read() takes a
// lock, for whoever shows or tells it a few times a second.
#pragma once

#include <atomic>
#include <mutex>

#include "server/governor.h"

namespace larder::server {

class GovernorBoard {
 public:
  struct Reading {
    governor::State state;
    governor::Signals signals;
  };

  governor::Pressure pressure() const { return pressure_.load(std::memory_order_relaxed); }
  const governor::Limits& limits() const { return governor::limits_for(pressure()); }

  Reading read() const {
    const std::lock_guard lock(mutex_);
    return reading_;
  }
  void write(const governor::State& state, const governor::Signals& signals) {
    const std::lock_guard lock(mutex_);
    reading_ = {state, signals};
    pressure_.store(state.pressure, std::memory_order_relaxed);
  }

 private:
  std::atomic<governor::Pressure> pressure_{governor::Pressure::green};
  mutable std::mutex mutex_;
  Reading reading_;
};

}  // namespace larder::server

// Housekeeper: samples the board, asks the governor and carries out what it says.
//
// A turn every kCalmTurn, from ORANGE up every kTenseTurn: the state goes to the GovernorBoard, to the log when it
// changes (one line with the reason), PHP and the writes of pages to the drive are held down, the pages in memory get
// their bytes, fat workers are ended. Stale limits, classes and the load balancer's line are read from the board by
// whoever needs them. Threads: turn() from one at a time, which is the housekeeper's own after start(); what it calls
// must be safe there. Lifetime: stop() before what the hooks refer to ends.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "base/thread.h"
#include "fastcgi/worker_memory.h"
#include "server/governor_board.h"
#include "server/page_memory.h"
#include "server/signal_sampler.h"

namespace larder::server {

struct HousekeeperOptions {
  std::string root;                 // stands before /proc and /sys
  std::size_t workers = 1;          // of PHP
  std::uint64_t worker_memory = 0;  // bytes that each has in the memory plan; 0: their memory is not ours to watch
  std::uint64_t page_memory = 0;    // bytes of the memory tier when all is well
};

struct HousekeeperHooks {
  std::function<bool()> drive_writable;
  std::function<void(std::size_t)> set_php_parallel;  // called when it changes
  std::function<void(std::uint64_t)> set_page_memory;
  std::function<void(governor::FlashWrites)> set_flash_writes;  // called when it changes
  std::function<pid_t()> php_master;                            // 0: there is none
  std::function<void(governor::Pressure)> tell;  // whoever is outside this process; called when it changes
};

class Housekeeper {
 public:
  static constexpr Millis kCalmTurn = 250, kTenseTurn = 50;

  Housekeeper(HousekeeperOptions, HousekeeperHooks, GovernorBoard&, const Clock&, Counters&, Report);
  ~Housekeeper();  // stop()

  Millis turn();  // the time until the next one
  void start();
  void stop();

  std::size_t php_parallel() const { return parallel_.load(std::memory_order_relaxed); }
  std::uint64_t page_bytes() const { return page_bytes_.load(std::memory_order_relaxed); }
  std::uint64_t cpu_micros() const { return cpu_micros_.load(std::memory_order_relaxed); }  // used by its thread
  std::uint64_t php_memory() const { return php_memory_.load(std::memory_order_relaxed); }  // anonymous bytes

 private:
  void run();
  void report_change(governor::Pressure before, const governor::Signals& signals);
  void apply(const governor::Limits& limits, const governor::Signals& signals, Millis now);
  void watch_workers(const governor::Limits& limits);

  const HousekeeperOptions options_;
  const HousekeeperHooks hooks_;
  GovernorBoard& board_;
  const Clock& clock_;
  Counters& counters_;
  const Report report_;

  SignalSampler sampler_;
  fastcgi::WorkerMemory workers_;
  governor::State state_;
  PageMemory page_memory_;
  governor::FlashWrites flash_writes_ = governor::FlashWrites::by_budget;  // as told last
  Millis last_turn_ = 0;
  std::atomic<std::size_t> parallel_;      // as told last
  std::atomic<std::uint64_t> page_bytes_;  // as told last
  std::atomic<std::uint64_t> cpu_micros_{0}, php_memory_{0};

  std::mutex mutex_;  // guards stopping_
  std::condition_variable wake_;
  bool stopping_ = false;
  Thread thread_;
};

}  // namespace larder::server

// Polisher: compresses the pages that are asked for most again, at the highest level, while the board has nothing
// better to do: brotli 11 and gzip 12 save about a tenth, and take fifty times as long.
//
// Only pages in memory that were hit several times, of at most kLargest bytes, each once. The result takes the page's
// place in memory; the record in the ring stays as it is, because writing it again would wear the stick for a tenth.
// Threads: one of its own that looks every kPause; the compressing itself runs in another at SCHED_IDLE, which holds
// none of our locks, so that being starved there keeps nobody waiting. Lifetime: stop() before the store stops.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

#include "base/clock.h"
#include "base/counters.h"
#include "base/thread.h"
#include "cache/page_store.h"

namespace larder::server {

class Polisher {
 public:
  static constexpr Millis kPause = 2'000;
  static constexpr std::uint64_t kLargest = 256 << 10;  // 0.3 s here, some seconds on a board

  // `idle`: whether nothing else is to be done now; asked before each page.
  Polisher(cache::PageStore& store, Counters& counters, std::function<bool()> idle)
      : store_(store), counters_(counters), idle_(std::move(idle)) {}
  ~Polisher() { stop(); }

  void turn();  // one look at the pages in memory; from one thread at a time
  void start();
  void stop();  // waits for the page under way

 private:
  void run();
  void polish(const cache::PagePtr& page);
  bool stopping();

  cache::PageStore& store_;
  Counters& counters_;
  const std::function<bool()> idle_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  Thread thread_;
};

}  // namespace larder::server

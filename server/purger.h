// Purger: carries purges out. They hold when purge() returns; `done` is told whether they also outlive a power cut.
//
// A purge goes on the list, by which every page that comes from the drive and every render that ends is judged, and
// through memory at once. Its line is written by a thread of its own; a drive that takes longer than kPatience, or
// fails, makes it not durable (HTTP 202): it is written when the drive takes it again. Threads: purge() from any;
// `done` is called once, on whichever thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "cache/page_store.h"
#include "cache/purge_list.h"
#include "server/purge_log.h"
#include "server/task_thread.h"

namespace larder::server {

class Purger {
 public:
  using Done = std::function<void(bool durable)>;
  using Learnt = std::function<void(const std::vector<cache::Purge>&)>;
  static constexpr Millis kPatience = 1'000;

  // `cache_path`: cache.path, where the log is; empty: pages are in memory only, and no purge needs to be durable.
  // `learnt` is told once what the log held at the start, on whichever thread opens it.
  Purger(cache::PageStore& store, cache::PurgeList& list, std::string cache_path, const Clock& clock,
         Counters& counters, Report report, Learnt learnt = {});
  ~Purger() { stop(); }

  // How many pages in memory it took, or ended. Those on the drive are judged when they are read.
  std::size_t purge(std::vector<cache::Purge> purges, Done done);
  void forget(const std::vector<std::string>& keys);  // hard: what an unsafe method has changed
  // What the drive remembers has been read, so that its pages can be judged. False while a drive is not there.
  bool known() const { return known_; }
  void expire();
  void stop();

 private:
  struct Waiting {
    std::mutex mutex;
    Done done;
    Millis until = 0;
    void end(bool durable);
  };
  void open_log();
  void post(std::vector<cache::Purge> purges, std::shared_ptr<Waiting> waiting);
  bool write(std::vector<cache::Purge> purges);
  std::size_t carry_out(const std::vector<cache::Purge>& purges);

  cache::PageStore& store_;
  cache::PurgeList& list_;
  const std::string cache_path_;
  std::optional<PurgeLog> log_;          // of the thread, after the start
  std::vector<cache::Purge> unwritten_;  // likewise: the drive did not take them
  std::atomic<bool> known_{false}, behind_{false};
  Millis next_try_ = 0;  // to open it
  const Clock& clock_;
  Counters& counters_;
  const Report report_;
  const Learnt learnt_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Waiting>> waiting_;
  TaskThread thread_{"purges"};
};

}  // namespace larder::server

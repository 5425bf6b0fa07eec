// PackedFiles: the text files of the sites, compressed once and kept in memory beside the pages, within the same bound.
//
// A file is known by device, inode, times and size, so what was made of it is never used for what it has become. A file
// that has just changed waits until a further change could not go unseen in its times. It is packed in the background,
// the first time that somebody asks who would take it so; until then it is sent as it is. Each at most once in kPause,
// so that a memory too small for it costs no more than that. What lies packed beside it (FILE.br, FILE.gz) is taken
// instead, if it is the same text.
// Threads: find() from any, never waits; reading and compressing happen on a thread of its own.
// Lifetime: the store outlives it.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/counters.h"
#include "cache/page_store.h"
#include "server/recent_keys.h"
#include "server/request.h"
#include "server/site_root.h"
#include "server/static_file.h"
#include "server/task_thread.h"

namespace larder::server {

class PackedFiles {
 public:
  static constexpr std::uint64_t kSmallest = 256, kLargest = 2 << 20;  // bytes
  static constexpr Millis kSettled = 2'500;                            // FAT tells times to 2 s
  static constexpr Millis kPause = 60'000;

  PackedFiles(cache::PageStore& store, const Clock& clock, Counters& counters)
      : store_(store), clock_(clock), counters_(counters) {}
  ~PackedFiles() { stopping_ = true; }  // gives up what waits

  // In which codings a file of that name can be sent now. When there may be more later, that is seen to.
  FileForms find(std::string_view name, const Entry& file, const RequestHead& head);

 private:
  void ask_for(const std::string& key, std::string_view type, const Entry& file);
  void pack(const std::string& key, std::string type, const Entry& file);

  cache::PageStore& store_;
  const Clock& clock_;
  Counters& counters_;
  std::mutex mutex_;  // guards recent_
  RecentKeys recent_;
  std::atomic<bool> stopping_{false};
  TaskThread thread_{"packer", 64};
};

}  // namespace larder::server

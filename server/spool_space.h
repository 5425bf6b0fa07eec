// SpoolSpace: room on the cache drive for bodies that do not fit in memory: uploads on their way to PHP, answers on
// their way to slow clients. Files have no name (O_TMPFILE, or unlinked at once), so nothing is left after a crash.
//
// One budget for all of them together. While the directory is in memory, or cannot be used (then the files are memfds),
// the budget is small.
// Threads: all functions from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/counters.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace larder::server {

class SpoolSpace {
 public:
  SpoolSpace(std::string directory, std::uint64_t limit, Counters& counters);

  Result<UniqueFd> create();
  bool reserve(std::uint64_t bytes);  // false: no room now, or closed
  void release(std::uint64_t bytes);
  void close() { closed_ = true; }  // the program is stopping: nothing is worth waiting for
  bool closed() const { return closed_; }
  std::uint64_t used() const { return used_; }
  std::uint64_t limit() const;

 private:
  const std::string directory_;
  const std::uint64_t limit_;
  Counters& counters_;
  std::atomic<bool> in_memory_;  // where the last file was made, or would have been
  std::atomic<std::uint64_t> used_{0};
  std::atomic<bool> closed_{false};
};

// All of the bytes at that offset; pread/pwrite in a loop. A short read is an error here.
Status write_fully(int fd, const char* bytes, std::size_t size, std::uint64_t offset);
Status read_fully(int fd, char* into, std::size_t size, std::uint64_t offset);

}  // namespace larder::server

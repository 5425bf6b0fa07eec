// WorkerMemory: the memory of php-fpm's workers, and the end of those that have grown fat.
//
// php-fpm replaces a worker after a number of requests only, however much it has grown. Here a worker whose anonymous
// memory is above a limit gets SIGQUIT: it ends after the request it is at, and the master starts another one. Above a
// harder limit it is killed at once. Only children of the master that is named are touched: each is looked at again
// when its process is held by a pidfd, so that a number given to another process meanwhile does no harm.
// Anonymous memory is RssAnon of /proc/PID/status: opcache and files, which all workers share, do not count, and
// reading it costs no walk through page tables as smaps_rollup does.
// Threads: one at a time. Sources: proc(5), pidfd_send_signal(2), php-fpm's fpm_signals.c.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace larder::fastcgi {

struct WorkerMemoryLimits {
  std::uint64_t soft = 0, hard = 0;  // bytes; 0: none
};

class WorkerMemory {
 public:
  explicit WorkerMemory(std::string proc = "/proc");

  struct Ended {
    pid_t pid = 0;
    std::uint64_t bytes = 0;
    bool killed = false;  // else asked to end
  };
  // One look at the children of `master` (0: none): who was ended now. A worker is asked once.
  std::vector<Ended> enforce(pid_t master, const WorkerMemoryLimits&);

  struct Worker {
    pid_t pid = 0;
    std::uint64_t bytes = 0;
  };
  const std::vector<Worker>& workers() const { return workers_; }  // at the last look

 private:
  bool is_child(pid_t pid, pid_t master) const;
  bool signal(pid_t pid, pid_t master, int number) const;

  const std::string proc_;
  std::vector<Worker> workers_;
  std::vector<pid_t> asked_;  // and still there
};

}  // namespace larder::fastcgi

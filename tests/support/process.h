// Process: a program run by a test, which dies with the test.
//
// Its output goes to files, so that it can never block on a full pipe. The kernel kills it, or asks it to end, when the
// thread that started it ends (PR_SET_PDEATHSIG). Waiting uses a pidfd, never a pause. Threads: one at a time.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace larder::testing {

struct ProcessOptions {
  std::vector<std::string> command;                              // program (found on PATH) and its arguments
  std::vector<std::pair<std::string, std::string>> environment;  // added to the test's own
  std::string output;                                            // file for standard output; empty: /dev/null
  std::string errors;                                            // file for standard error; empty: the same as output
  int death_signal = SIGKILL;                                    // what it gets when the test dies
};

class Process {
 public:
  explicit Process(const ProcessOptions&);  // throws std::system_error when nothing could be started
  ~Process();                               // kill -9 unless it has ended
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }  // readable when it has ended
  bool running();
  void signal(int number);
  // Exit code, or 128 + signal; nullopt when it still runs after `limit` milliseconds.
  std::optional<int> wait(Millis limit);

 private:
  pid_t pid_ = 0;
  UniqueFd pidfd_;
  std::optional<int> exit_;
};

struct Finished {
  int exit = 0;  // 128 + signal when killed, also by the time limit
  std::string output, errors;
};

// Runs a program to its end.
Finished run(const std::vector<std::string>& command,
             const std::vector<std::pair<std::string, std::string>>& environment = {});

}  // namespace larder::testing

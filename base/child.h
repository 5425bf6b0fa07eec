// Child: a program that we run, everything it starts, and what they print.
//
// The program leads a session and process group of its own, so that its children can be ended even when it died without
// doing so. The kernel sends it `death_signal` when the thread that started it ends for whatever reason, kill -9 of the
// whole process included; so that thread must live as long as the child. It gets no descriptor but /dev/null and its
// output, no signal mask of ours, a raised oom_score_adj (when memory ends, it goes first) and a lower priority (when
// there are too few processors, it waits: who asks for a page that we have needs ours for a moment only). No signal
// handlers are installed; waiting goes by pidfd (Linux 5.3). Threads: only the one that started it. Sources: prctl(2)
// PR_SET_PDEATHSIG, pidfd_open(2), setsid(2), waitid(2), sched(7) on autogroups.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace larder {

class Child {
 public:
  struct Options {
    std::vector<std::string> command;      // absolute path of the program, arguments
    std::vector<std::string> environment;  // NAME=value, all of it
    int death_signal = 0;
  };

  // A program that cannot be executed ends with code 127 and says why in its output.
  static Result<Child> start(const Options&);
  Child(Child&&) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();  // kill -9 of the whole group unless finish() was called

  // How it ended.
  struct End {
    bool exited = false;  // else a signal killed it
    int number = 0;       // the exit code, or the signal

    bool ok() const { return exited && number == 0; }
    std::string words() const;  // "exited with code 78", "killed by signal 9"
  };

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }    // readable when it has ended
  int output() const { return output_.get(); }  // non-blocking; standard output and error
  void close_output() { output_.reset(); }      // it came to its end
  void signal(int number);                      // to the program alone

  // After it ended (or kill()): ends what is left of its group, waits for that, at most 1 s, and reaps.
  End finish();
  void kill();  // the whole group

 private:
  Child(pid_t pid, UniqueFd pidfd, UniqueFd output);

  pid_t pid_;
  UniqueFd pidfd_, output_;
};

}  // namespace larder

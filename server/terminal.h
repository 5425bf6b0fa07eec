// Terminal: whose keys count, while a command of ours runs in a process group of its own.
//
// Ctrl-C and Ctrl-Z go to the group in the foreground. It is lent to the command while that runs, and taken back while
// it stands still, because a stopped group would not hear them. Without a terminal, or when we are not in its
// foreground ourselves, nothing is done. Source: "Implementing a Shell" in the manual of glibc, tcsetpgrp(3).
#pragma once

#include <sys/types.h>
#include <termios.h>

#include "base/unique_fd.h"

namespace larder::server {

class Terminal {
 public:
  Terminal();  // remembers the modes it finds
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool exists() const { return static_cast<bool>(fd_); }
  bool is_ours() const;               // our group is in the foreground
  void give(pid_t group) const;       // whoever has it
  void lend(pid_t group) const;       // if it is ours
  void take_back(pid_t group) const;  // if that group has it
  void restore_modes() const;         // a command that was killed may have left it without echo

 private:
  UniqueFd fd_;
  bool has_modes_ = false;
  termios modes_{};
};

}  // namespace larder::server

// Batch: runs a command beside the server so that the server does not notice: a file synchronisation, a backup.
//
// The command leads a process group of its own, at idle priority for processor and drives, in a memory group of its own
// where that can be had (batch_group.h). The whole group stands still (SIGSTOP) while the pressure is ORANGE or RED, of
// the board as we see it or of a daemon that tells (pressure_file.h), and while too much waits to be written
// (batch_pace.h); after that it goes on. SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 are passed on, to a
// command that stands still too, which may then end. Should we be killed, the kernel wakes and hangs up the group.
#pragma once

#include <string>
#include <vector>

namespace larder::server {

struct BatchOptions {
  std::vector<std::string> command;  // at least the program
  bool quiet = false;                // no news on standard error
  std::string root;                  // stands before /proc and /sys
  std::vector<std::string> places;   // where daemons tell their pressure
};

// The exit code of the command; 128 and the number of the signal that ended it; 127 when there is no such program, 126
// when it cannot be run.
int run_batch(const BatchOptions& options);

}  // namespace larder::server

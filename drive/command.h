// Command: a program of the system, run to its end.
//
// It is looked for in the folders of the system only, whatever PATH says: that of root after su(1) lacks sbin, and that
// of a caller is not to be trusted. It speaks English and UTF-8, gets no input, and ends with us (base/child.h).
// Threads: any, one call each.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace larder::drive {

struct Finished {
  int code = 0;
  std::string output;  // standard output and error; what is beyond 1 MiB is dropped
};

// Waits at most `limit` milliseconds, then kills it; one that hangs in the kernel (a drive that is dying) ends only
// when the kernel gives up. An error when there is no such program, when a signal ended it, and when time was up.
Result<Finished> run_command(const std::vector<std::string>& command, Millis limit);

}  // namespace larder::drive

// ClockStatus: whether the wall clock is known to be right. A Pi has no clock that runs without power: it starts with
// the time of its last stop, and learns the right one from the network. adjtimex(2).
#pragma once

#include <string>

namespace larder::arm {

// `root`: of the files under /sys, /proc and /run, for tests. `unsynchronised`: what the kernel says.
bool is_clock_right(const std::string& root, bool unsynchronised);
bool is_clock_right();

}  // namespace larder::arm

// What runs below a process, from proc(5): to see that a daemon starts what it should and leaves nothing behind.
#pragma once

#include <sys/types.h>

#include <vector>

namespace larder::testing {

std::vector<pid_t> children_of(pid_t parent);  // direct children that are alive
bool is_alive(pid_t pid);                      // exists, and is no zombie

}  // namespace larder::testing

// FrozenThread: one thread of a program under test that stands still while this lives: what a slow drive or a busy
// machine does to it, at will. By ptrace(2), so the test must be its parent (or root), and the thread of the test that
// froze it lets it go.
#pragma once

#include <sys/types.h>

#include <string>

namespace larder::testing {

class FrozenThread {
 public:
  FrozenThread(pid_t process, const std::string& name);  // throws std::runtime_error when there is no such thread
  ~FrozenThread();
  FrozenThread(const FrozenThread&) = delete;

 private:
  pid_t thread_;
};

}  // namespace larder::testing

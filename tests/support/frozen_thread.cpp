#include "tests/support/frozen_thread.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "tests/support/patience.h"
#include "tests/support/temp_dir.h"

namespace larder::testing {
namespace {

// A thread gives itself its name, so a new one may not have it yet.
pid_t find_thread(pid_t process, const std::string& name) {
  pid_t found = 0;
  const bool there = eventually([&] {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task"))
      if (read_file(entry.path() / "comm") == name + "\n") found = std::stoi(entry.path().filename());
    return found != 0;
  });
  if (!there) throw std::runtime_error("the program has no thread named " + name);
  return found;
}

}  // namespace

FrozenThread::FrozenThread(pid_t process, const std::string& name) : thread_(find_thread(process, name)) {
  if (::ptrace(PTRACE_SEIZE, thread_, nullptr, nullptr) != 0 ||
      ::ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr) != 0)
    throw std::system_error(errno, std::generic_category(), "freeze the thread " + name);
  int status = 0;
  while (::waitpid(thread_, &status, __WALL) < 0 && errno == EINTR) {
  }
}

FrozenThread::~FrozenThread() { ::ptrace(PTRACE_DETACH, thread_, nullptr, nullptr); }

}  // namespace larder::testing

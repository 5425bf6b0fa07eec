#include "fastcgi/worker_memory.h"

#include <fmt/core.h>
#include <sys/syscall.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <utility>

#include "arm/text_file.h"
#include "base/unique_fd.h"

namespace larder::fastcgi {
namespace {

namespace fs = std::filesystem;

std::string status_of(const std::string& proc, pid_t pid) {
  return arm::read_text(fmt::format("{}/{}/status", proc, pid));
}

pid_t parent_in(std::string_view status) { return static_cast<pid_t>(arm::number_of(status, "PPid").value_or(0)); }

// The kernel lists them where it was built to (all of Debian's are); else everybody is asked for his parent.
std::vector<pid_t> children_of(const std::string& proc, pid_t master) {
  std::vector<pid_t> list;
  const std::string path = fmt::format("{0}/{1}/task/{1}/children", proc, master);
  std::error_code failed;
  if (fs::exists(path, failed)) {
    const std::string text = arm::read_text(path);
    std::string_view rest = text;
    for (std::string_view word = arm::next_word(rest); !word.empty(); word = arm::next_word(rest))
      if (const auto pid = arm::number_at_start(word)) list.push_back(static_cast<pid_t>(*pid));
    return list;
  }
  for (fs::directory_iterator at(proc, failed), end; !failed && at != end; at.increment(failed))
    if (const auto pid = arm::number_at_start(at->path().filename().string()))
      if (parent_in(status_of(proc, static_cast<pid_t>(*pid))) == master) list.push_back(static_cast<pid_t>(*pid));
  return list;
}

}  // namespace

WorkerMemory::WorkerMemory(std::string proc) : proc_(std::move(proc)) {}

bool WorkerMemory::is_child(pid_t pid, pid_t master) const { return parent_in(status_of(proc_, pid)) == master; }

bool WorkerMemory::signal(pid_t pid, pid_t master, int number) const {
  const UniqueFd held(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
  return held && is_child(pid, master) && ::syscall(SYS_pidfd_send_signal, held.get(), number, nullptr, 0U) == 0;
}

std::vector<WorkerMemory::Ended> WorkerMemory::enforce(pid_t master, const WorkerMemoryLimits& limits) {
  std::vector<Ended> ended;
  workers_.clear();
  if (master > 0)
    for (const pid_t pid : children_of(proc_, master))
      if (const auto kib = arm::number_of(status_of(proc_, pid), "RssAnon")) workers_.push_back({pid, *kib * 1024});
  const auto gone = [this](pid_t pid) {
    return std::none_of(workers_.begin(), workers_.end(), [pid](const Worker& worker) { return worker.pid == pid; });
  };
  std::erase_if(asked_, gone);
  for (const auto& [pid, bytes] : workers_) {
    if (limits.hard != 0 && bytes > limits.hard) {
      if (signal(pid, master, SIGKILL)) ended.push_back({pid, bytes, true});
    } else if (limits.soft != 0 && bytes > limits.soft &&
               std::find(asked_.begin(), asked_.end(), pid) == asked_.end()) {
      if (!signal(pid, master, SIGQUIT)) continue;
      asked_.push_back(pid);
      ended.push_back({pid, bytes, false});
    }
  }
  return ended;
}

}  // namespace larder::fastcgi

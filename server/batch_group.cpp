#include "server/batch_group.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

#include "arm/text_file.h"
#include "base/unique_fd.h"

namespace larder::server {
namespace {

bool write_text(const std::string& path, std::string_view text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

BatchGroup::BatchGroup(const std::string& root, pid_t name) {
  const std::string base = root + "/sys/fs/cgroup";
  const std::string controllers = arm::read_text(base + "/cgroup.subtree_control");
  if (::geteuid() != 0 || (" " + controllers).find(" memory") == std::string::npos) return;
  const std::string path = fmt::format("{}/larder-batch-{}", base, name);
  if (::mkdir(path.c_str(), 0755) != 0) return;
  if (!write_text(path + "/memory.high", fmt::format("{}\n", kMemory))) {
    ::rmdir(path.c_str());
    return;
  }
  // The kernel shares the processor among groups first: its idle priority says nothing outside of ours.
  if (!write_text(path + "/cpu.idle", "1\n")) write_text(path + "/cpu.weight", "1\n");  // cpu.idle: Linux 5.15
  path_ = path;
  procs_ = path + "/cgroup.procs";
}

BatchGroup::~BatchGroup() {
  if (exists()) ::rmdir(path_.c_str());
}

void BatchGroup::enter() const {
  if (!exists()) return;
  const int file = ::open(procs_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return;
  [[maybe_unused]] const auto written = ::write(file, "0\n", 2);
  ::close(file);
}

}  // namespace larder::server

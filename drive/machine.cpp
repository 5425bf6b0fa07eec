#include "drive/machine.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "base/unique_fd.h"
#include "drive/fstab.h"

namespace larder::drive {

bool ThisMachine::is_root() const { return ::geteuid() == 0; }

// sd_booted(3)
bool ThisMachine::has_systemd() const { return ::access("/run/systemd/system", F_OK) == 0; }

std::optional<Owner> ThisMachine::find_user(const std::string& name) const {
  std::array<char, 4096> buffer{};
  passwd entry{}, *found = nullptr;
  ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return std::nullopt;
  return Owner{.user = entry.pw_uid, .group = entry.pw_gid};
}

Result<std::string> ThisMachine::block_device(const std::string& path) {
  std::error_code error;
  const std::string real = std::filesystem::canonical(path, error);
  if (error) return system_error(path, error.value());
  struct stat status {};
  if (::stat(real.c_str(), &status) != 0) return system_error(path);
  if (!S_ISBLK(status.st_mode)) return Error{path + " is no drive: \"lsblk\" shows what drives there are"};
  return real;
}

Status ThisMachine::try_to_read(const std::string& device) {
  const UniqueFd file(::open(device.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 8192> beginning{};
  if (!file || ::pread(file.get(), beginning.data(), beginning.size(), 0) < 0) return system_error("read " + device);
  return Done{};
}

Result<std::string> ThisMachine::new_uuid() {
  auto uuid = read_text("/proc/sys/kernel/random/uuid");
  if (uuid) uuid->resize(std::min(uuid->find('\n'), uuid->size()));
  return uuid;
}

Result<Finished> ThisMachine::run(const std::vector<std::string>& command, Millis limit) {
  return run_command(command, limit);
}

void ThisMachine::say(const std::string& text) {
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

std::optional<std::string> ThisMachine::ask(const std::string& question) {
  if (::isatty(STDIN_FILENO) == 0) return std::nullopt;
  fmt::print("{}", question);
  std::fflush(stdout);
  std::string answer;
  std::getline(std::cin, answer);
  return answer;
}

}  // namespace larder::drive

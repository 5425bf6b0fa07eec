#include "server/re_exec.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>

namespace larder::server {
namespace {

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START

// Makes them descriptors 3, 4, 5 ..., which the new program inherits. How many there are.
int put_in_order(const std::vector<Listener>& listeners) {
  const int above = kFirst + static_cast<int>(listeners.size());
  std::vector<UniqueFd> aside;  // out of the way of each other
  for (const Listener& listener : listeners) aside.emplace_back(::fcntl(listener.fd.get(), F_DUPFD_CLOEXEC, above));
  int count = 0;
  for (const UniqueFd& fd : aside)
    if (fd && ::dup2(fd.get(), kFirst + count) >= 0) ++count;
  return count;
}

}  // namespace

std::string this_program() {
  std::array<char, PATH_MAX> path;
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : std::string();
}

Error become(const std::string& program, const std::vector<std::string>& arguments,
             const std::vector<Listener>& listeners) {
  ::setenv("LISTEN_FDS", std::to_string(put_in_order(listeners)).c_str(), 1);
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  return system_error(fmt::format("cannot begin {} anew", program), errno);
}

}  // namespace larder::server

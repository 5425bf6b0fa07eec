#include "drive/command.h"

#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "base/child.h"

namespace larder::drive {
namespace {

constexpr std::size_t kLongestOutput = 1 << 20;

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"})
    if (::access((folder + name).c_str(), X_OK) == 0) return folder + name;
  return {};
}

void take_output(Child& child, std::string& text) {
  std::array<char, 16384> bytes{};
  for (;;) {
    const auto got = ::read(child.output(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) child.close_output();
    if (got <= 0) return;
    text.append(bytes.data(), std::min(static_cast<std::size_t>(got), kLongestOutput - text.size()));
  }
}

// False when time was up first.
bool wait_for_end(Child& child, Millis limit, std::string& output) {
  const SystemClock clock;
  const Millis end = clock.steady() + limit;
  for (;;) {
    std::array<pollfd, 2> fds = {{{child.pidfd(), POLLIN, 0}, {child.output(), POLLIN, 0}}};
    const Millis left = std::max<Millis>(0, end - clock.steady());
    const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(left));
    if (fds[1].revents != 0) take_output(child, output);
    if (fds[0].revents != 0) return true;
    if (ready == 0) return false;
  }
}

}  // namespace

Result<Finished> run_command(const std::vector<std::string>& command, Millis limit) {
  std::vector<std::string> found = command;
  found[0] = find_program(command[0]);
  if (found[0].empty()) return Error{fmt::format("the program {} is not installed", command[0]), ENOENT};
  auto child = Child::start({.command = found,
                             .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"},
                             .death_signal = SIGKILL});
  if (!child) return child.error();
  Finished finished;
  if (!wait_for_end(*child, limit, finished.output)) {
    child->kill();
    child->finish();
    return Error{fmt::format("{} was not done after {} s", command[0], limit / 1000), ETIMEDOUT};
  }
  take_output(*child, finished.output);
  const Child::End end = child->finish();
  if (!end.exited) return Error{fmt::format("{} was {}", command[0], end.words())};
  finished.code = end.number;
  return finished;
}

}  // namespace larder::drive

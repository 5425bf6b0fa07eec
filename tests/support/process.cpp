#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include "tests/support/patience.h"
#include "tests/support/temp_dir.h"

extern char** environ;

namespace larder::testing {
namespace {

using Environment = std::vector<std::pair<std::string, std::string>>;

std::vector<std::string> merged_environment(const Environment& added) {
  std::vector<std::string> lines;
  for (char** line = environ; *line != nullptr; ++line) {
    bool replaced = false;
    for (const auto& [name, value] : added) replaced = replaced || std::string_view(*line).starts_with(name + "=");
    if (!replaced) lines.emplace_back(*line);
  }
  for (const auto& [name, value] : added) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  for (std::string& string : strings) list.push_back(string.data());
  list.push_back(nullptr);
  return list;
}

UniqueFd open_output(const std::string& path) {
  UniqueFd fd(::open(path.empty() ? "/dev/null" : path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!fd) throw std::system_error(errno, std::generic_category(), path);
  return fd;
}

// After fork, in the child: only what is safe when other threads held locks at that moment.
[[noreturn]] void become(char* const* arguments, char* const* environment, int out, int err, pid_t parent,
                         int death_signal) {
  ::prctl(PR_SET_PDEATHSIG, death_signal);
  if (::getppid() != parent) ::_exit(126);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::execvpe(arguments[0], arguments, environment);
  ::_exit(127);
}

}  // namespace

Process::Process(const ProcessOptions& options) {
  const UniqueFd out = open_output(options.output);
  const UniqueFd err = open_output(options.errors.empty() ? options.output : options.errors);
  std::vector<std::string> command = options.command;
  std::vector<std::string> environment = merged_environment(options.environment);
  const std::vector<char*> arguments = pointers(command), variables = pointers(environment);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(arguments.data(), variables.data(), out.get(), err.get(), parent, options.death_signal);
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!pidfd_) throw std::system_error(errno, std::generic_category(), "pidfd_open");
}

Process::~Process() {
  if (!running()) return;
  signal(SIGKILL);
  wait(patience());
}

bool Process::running() { return !wait(0); }

void Process::signal(int number) {
  if (!exit_) ::kill(pid_, number);
}

std::optional<int> Process::wait(Millis limit) {
  if (exit_) return exit_;
  pollfd ended{pidfd_.get(), POLLIN, 0};
  int ready = 0;
  do ready = ::poll(&ended, 1, static_cast<int>(limit));
  while (ready < 0 && errno == EINTR);
  int status = 0;
  if (ready <= 0 || ::waitpid(pid_, &status, 0) != pid_) return std::nullopt;
  exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return exit_;
}

Finished run(const std::vector<std::string>& command, const Environment& environment) {
  const TempDir directory;
  const std::string output = directory / "out", errors = directory / "err";
  Process process({.command = command, .environment = environment, .output = output, .errors = errors});
  std::optional<int> exit = process.wait(patience(60'000));
  if (!exit) {
    process.signal(SIGKILL);
    exit = process.wait(patience());
  }
  return {exit.value_or(-1), read_file(output), read_file(errors)};
}

}  // namespace larder::testing

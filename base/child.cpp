#include "base/child.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <utility>

namespace larder {
namespace {

constexpr const char* kOomScore = "500";  // of 1000; Larder's own is below zero
constexpr int kNicer = 5;                 // a third of the processor beside somebody of ours who never sleeps

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  for (std::string& string : strings) list.push_back(string.data());
  list.push_back(nullptr);
  return list;
}

void say(const char* text) { [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text)); }

void raise_oom_score() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const auto written = ::write(file, kOomScore, std::strlen(kOomScore));
  ::close(file);
}

// After fork, in the child of a process with many threads: only what is safe in a signal handler.
[[noreturn]] void become(char* const* arguments, char* const* environment, int null, int output, int death_signal,
                         pid_t parent) {
  ::setsid();  // a group of its own too; and where the kernel shares the processor by sessions, it does not eat our
               // share
  ::prctl(PR_SET_PDEATHSIG, death_signal);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  ::dup2(null, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  // Whoever opened what without O_CLOEXEC: a listening socket in the hands of PHP would outlive us.
  ::syscall(SYS_close_range, 3U, ~0U, 0U);
  raise_oom_score();
  ::setpriority(PRIO_PROCESS, 0, std::min(::getpriority(PRIO_PROCESS, 0) + kNicer, 19));
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  for (const int number : {SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD})
    ::sigaction(number, &standard, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(arguments[0], arguments, environment);
  say(arguments[0]);
  say(": cannot be executed\n");
  ::_exit(127);
}

siginfo_t wait_for(pid_t pid, int options) {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid), &info, options) != 0 && errno == EINTR) {
  }
  return info;
}

}  // namespace

Child::Child(pid_t pid, UniqueFd pidfd, UniqueFd output)
    : pid_(pid), pidfd_(std::move(pidfd)), output_(std::move(output)) {}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), pidfd_(std::move(other.pidfd_)), output_(std::move(other.output_)) {}

Child::~Child() {
  if (pid_ == 0) return;
  kill();
  finish();
}

Result<Child> Child::start(const Options& options) {
  std::vector<std::string> command = options.command, environment = options.environment;
  const std::vector<char*> arguments = pointers(command), variables = pointers(environment);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("pipe");
  UniqueFd output(ends[0]);
  const UniqueFd write_end(ends[1]), null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  // Only our end: the file status flags of the other belong to PHP.
  if (!null || ::fcntl(output.get(), F_SETFL, O_NONBLOCK) != 0) return system_error("/dev/null");
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(arguments.data(), variables.data(), null.get(), write_end.get(), options.death_signal, parent);
  if (pid < 0) return system_error("fork");
  Child child(pid, UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U))), std::move(output));
  if (!child.pidfd_) return system_error("pidfd_open");
  return child;
}

void Child::signal(int number) { ::kill(pid_, number); }

void Child::kill() {
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);  // it may not lead its group yet
}

std::string Child::End::words() const {
  return fmt::format("{} {}", exited ? "exited with code" : "killed by signal", number);
}

Child::End Child::finish() {
  // First only look: as long as it is not reaped its number cannot belong to anybody else, nor its group's.
  wait_for(pid_, WEXITED | WNOWAIT);
  ::kill(-pid_, SIGKILL);
  const siginfo_t info = wait_for(pid_, WEXITED);
  constexpr int kTurns = 100, kTurn = 10;  // milliseconds; its orphans are init's to reap, so all we can do is look
  for (int i = 0; i < kTurns && ::kill(-pid_, 0) == 0; ++i) ::poll(nullptr, 0, kTurn);
  pid_ = 0;
  return {.exited = info.si_code == CLD_EXITED, .number = info.si_status};
}

}  // namespace larder

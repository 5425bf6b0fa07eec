#include "server/batch.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <optional>

#include "arm/memory_pressure.h"
#include "base/clock.h"
#include "base/unique_fd.h"
#include "server/batch_group.h"
#include "server/batch_pace.h"
#include "server/pressure_file.h"
#include "server/signal_sampler.h"
#include "server/terminal.h"

namespace larder::server {
namespace {

constexpr Millis kCalmLook = 250, kTenseLook = 50;
constexpr int kPassedOn[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

sigset_t watched_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : kPassedOn) ::sigaddset(&set, number);
  for (const int number : {SIGCHLD, SIGCONT, SIGTSTP}) ::sigaddset(&set, number);
  return set;
}

// ioprio_set(2) has no header: the class is in the highest three of sixteen bits.
void become_idle() {
  constexpr int kWhoProcess = 1, kClassIdle = 3, kClassShift = 13;
  ::syscall(SYS_ioprio_set, kWhoProcess, 0, kClassIdle << kClassShift);
  ::setpriority(PRIO_PROCESS, 0, 19);
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_IDLE, &none);
}

// Where the kernel shares the processor by sessions, idle priority counts only inside of one: see sched(7), autogroups.
// Cron, systemd and ssh give a session to what they run; that of somebody else, or in front of a terminal, is not ours
// to slow down.
void slow_session(const Terminal& terminal) {
  if (terminal.exists() || ::getsid(0) != ::getpid()) return;
  const UniqueFd file(::open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC));
  if (!file) return;
  [[maybe_unused]] const auto written = ::write(file.get(), "19", 2);
}

std::string duration(Millis time) { return fmt::format("{}:{:02}", time / 60'000, time / 1'000 % 60); }

class Batch {
 public:
  explicit Batch(const BatchOptions& options)
      : options_(options),
        sampler_(options.root),
        memory_(options.root),
        pace_(memory_.limit().bytes),
        group_(options.root, ::getpid()),
        on_terminal_(::isatty(STDERR_FILENO) == 1) {}

  int run();

 private:
  [[noreturn]] void become_command(std::vector<char*>& arguments, const sigset_t& mask, bool foreground) const;
  bool ended();
  void handle(int signal);
  void stopped_by_user();
  void look();
  void pause_or_go_on();
  void write_out();
  void tell_pause(Millis now);
  void say(const std::string& text);
  std::string reason() const;
  int exit_code() const;

  const BatchOptions& options_;
  SystemClock clock_;
  SignalSampler sampler_;
  governor::State state_;
  governor::Signals signals_;
  governor::Pressure pressure_ = governor::Pressure::green;
  const arm::MemoryPressure memory_;
  BatchPace pace_;
  const BatchGroup group_;
  const Terminal terminal_;
  const bool on_terminal_;
  bool line_open_ = false;  // what was said last may be written over
  Millis said_at_ = 0;
  bool ending_ = false;  // a signal was passed on: it may run to its end
  pid_t child_ = 0;
  pid_t writer_ = 0;  // has what waits written; 0: none
  int status_ = 0;
};

void Batch::become_command(std::vector<char*>& arguments, const sigset_t& mask, bool foreground) const {
  ::setpgid(0, 0);
  // The parent does both too: whoever comes first. A command that reads before its group has the terminal is stopped.
  if (foreground) terminal_.give(::getpid());
  group_.enter();
  become_idle();
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::execvp(arguments[0], arguments.data());
  const int code = errno == ENOENT ? 127 : 126;
  fmt::print(stderr, "larder batch: {}: {}\n", arguments[0], std::strerror(errno));
  std::fflush(stderr);
  ::_exit(code);
}

int Batch::run() {
  std::vector<std::string> command = options_.command;
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const sigset_t watched = watched_signals();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &watched, &before);
  slow_session(terminal_);
  const bool foreground = terminal_.is_ours();
  child_ = ::fork();
  if (child_ == 0) become_command(arguments, before, foreground);
  if (child_ < 0) {
    fmt::print(stderr, "larder batch: fork: {}\n", std::strerror(errno));
    return 126;
  }
  ::setpgid(child_, child_);
  if (foreground) terminal_.lend(child_);
  const Millis started = clock_.steady();
  while (!ended()) {
    look();
    const Millis pause = state_.pressure >= governor::Pressure::orange ? kTenseLook : kCalmLook;
    const timespec time{static_cast<time_t>(pause / 1'000), static_cast<long>(pause % 1'000) * 1'000'000};
    handle(::sigtimedwait(&watched, nullptr, &time));
  }
  ::kill(-child_, SIGCONT);  // what it left behind is not ours to hold
  terminal_.take_back(child_);
  if (WIFSIGNALED(status_)) terminal_.restore_modes();
  const Millis now = clock_.steady();
  if (pace_.pauses() > 0)
    say(fmt::format("ended after {}, {} of it paused", duration(now - started), duration(pace_.total(now))));
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return exit_code();
}

// Whether it ended. One that the user stopped stops us too, so that the shell sees its job stopped.
bool Batch::ended() {
  pid_t pid = 0;
  while ((pid = ::waitpid(child_, &status_, WNOHANG | WUNTRACED)) == child_) {
    if (!WIFSTOPPED(status_)) return true;
    if (!pace_.paused()) stopped_by_user();
  }
  return pid < 0 && errno == ECHILD;
}

void Batch::stopped_by_user() {
  terminal_.take_back(child_);
  ::kill(-child_, SIGSTOP);
  ::raise(SIGSTOP);
  if (pace_.paused()) return;
  terminal_.lend(child_);
  ::kill(-child_, SIGCONT);
}

void Batch::handle(int signal) {
  if (signal == SIGTSTP) stopped_by_user();
  if (signal == SIGCONT && !pace_.paused()) terminal_.lend(child_);  // brought back to the foreground
  for (const int number : kPassedOn) {
    if (signal != number) continue;
    ::kill(-child_, number);
    ::kill(-child_, SIGCONT);
    ending_ = ending_ || (number != SIGUSR1 && number != SIGUSR2);
  }
}

void Batch::look() {
  const Millis now = clock_.steady();
  signals_ = sampler_.sample(true, now);
  state_ = governor::next(state_, signals_, now).state;
  pressure_ = std::max(state_.pressure, read_pressure_files(options_.places).value_or(governor::Pressure::green));
  if (pace_.look(ending_ ? governor::Pressure::green : pressure_, ending_ ? 0 : memory_.unwritten(), now))
    pause_or_go_on();
  if (pace_.why() == BatchPace::Why::dirty) write_out();
  if (pace_.paused() && on_terminal_ && now - said_at_ >= 1'000) tell_pause(now);
}

void Batch::pause_or_go_on() {
  const Millis now = clock_.steady();
  if (pace_.paused()) {
    ::kill(-child_, SIGSTOP);
    terminal_.take_back(child_);
    return tell_pause(now);
  }
  terminal_.lend(child_);
  ::kill(-child_, SIGCONT);
  say(fmt::format("goes on; paused {} in all", duration(pace_.total(now))));
}

// Left alone, the kernel may let it lie for half a minute, and nothing goes on meanwhile. In a process of its own: a
// drive that hangs holds whoever waits for it, and that must not be us.
void Batch::write_out() {
  if (writer_ > 0 && ::waitpid(writer_, nullptr, WNOHANG) == 0) return;
  writer_ = ::fork();
  if (writer_ != 0) return;
  ::syscall(SYS_close_range, 0U, ~0U, 0U);  // nobody waits for the end of our output because of it
  ::sync();
  ::_exit(0);
}

std::string Batch::reason() const {
  if (pace_.why() == BatchPace::Why::dirty) return "much waits to be written";
  const std::string_view name = governor::name_of(pressure_);
  if (state_.pressure < pressure_) return fmt::format("{}, Larder says", name);
  return fmt::format("{}: {}", name, governor::explain(state_.cause, signals_));
}

void Batch::tell_pause(Millis now) {
  said_at_ = now;
  const std::string text = fmt::format("paused {} ({})", duration(pace_.this_pause(now)), reason());
  if (!on_terminal_) return say(text);
  if (options_.quiet) return;
  fmt::print(stderr, "\r\033[Klarder batch: {}", text);
  std::fflush(stderr);
  line_open_ = true;
}

void Batch::say(const std::string& text) {
  if (options_.quiet) return;
  fmt::print(stderr, "{}larder batch: {}\n", line_open_ ? "\r\033[K" : "", text);
  std::fflush(stderr);
  line_open_ = false;
}

int Batch::exit_code() const {
  constexpr int kSignalled = 128;
  return WIFSIGNALED(status_) ? kSignalled + WTERMSIG(status_) : WEXITSTATUS(status_);
}

}  // namespace

int run_batch(const BatchOptions& options) { return Batch(options).run(); }

}  // namespace larder::server

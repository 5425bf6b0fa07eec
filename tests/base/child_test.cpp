#include "base/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>

#include "tests/support/catch.h"
#include "tests/support/patience.h"
#include "tests/support/process_tree.h"
#include "tests/support/temp_dir.h"

using namespace larder;
using larder::testing::eventually;
using larder::testing::is_alive;
using larder::testing::patience;
using larder::testing::read_file;
using larder::testing::TempDir;

namespace {

Child shell(const std::string& script) {
  auto child = Child::start({.command = {"/bin/sh", "-c", script}, .environment = {"A=b"}, .death_signal = SIGTERM});
  REQUIRE(child);
  return std::move(*child);
}

// What it printed until it ended.
std::string output_of(Child& child) {
  pollfd ended{child.pidfd(), POLLIN, 0};
  REQUIRE(::poll(&ended, 1, static_cast<int>(patience())) == 1);
  std::string text(4096, '\0');
  const auto got = ::read(child.output(), text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

}  // namespace

TEST_CASE("a child's output, errors too, and its end are heard") {
  Child child = shell("echo out; echo err >&2; exit 78");
  CHECK(output_of(child) == "out\nerr\n");
  const Child::End end = child.finish();
  CHECK_FALSE(end.ok());
  CHECK(end.words() == "exited with code 78");
}

TEST_CASE("a child that exits with 0 has ended well") {
  Child child = shell("exit 0");
  output_of(child);
  CHECK(child.finish().ok());
}

TEST_CASE("a signal is not taken for an exit code") {
  const Child::End end{.exited = false, .number = 0};
  CHECK_FALSE(end.ok());
}

TEST_CASE("a child killed by a signal says so") {
  Child child = shell("kill -9 $$");
  output_of(child);
  const Child::End end = child.finish();
  CHECK_FALSE(end.ok());
  CHECK(end.words() == "killed by signal 9");
}

TEST_CASE("a program that is not there ends with a word about it") {
  auto child = Child::start({.command = {"/nowhere/php-fpm"}, .environment = {}, .death_signal = SIGTERM});
  REQUIRE(child);
  CHECK(output_of(*child) == "/nowhere/php-fpm: cannot be executed\n");
  CHECK(child->finish().words() == "exited with code 127");
}

TEST_CASE("a child inherits no descriptor, no signal mask and only the given environment") {
  const TempDir directory;
  const UniqueFd leaky(::open(directory.write("leak", "").c_str(), O_RDONLY));  // without O_CLOEXEC
  REQUIRE(leaky);
  sigset_t all, before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  Child child = shell("grep SigBlk /proc/self/status; echo $A$HOME; ls -l /proc/$$/fd | grep -c leak");
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  CHECK(output_of(child) == "SigBlk:\t0000000000000000\nb\n0\n");
  child.finish();
}

TEST_CASE("a child waits for the processor when we want it") {
  const int ours = ::getpriority(PRIO_PROCESS, 0);
  Child child = shell("awk '{ print $19, ($6 == $1) }' /proc/$$/stat");  // nice, and whether it leads its session
  CHECK(output_of(child) == std::to_string(std::min(ours + 5, 19)) + " 1\n");
  child.finish();
}

TEST_CASE("what a child left behind ends with it") {
  Child child = shell("sleep 1000 & echo $!");
  const pid_t orphan = std::stoi(output_of(child));
  CHECK(is_alive(orphan));
  child.finish();
  CHECK_FALSE(is_alive(orphan));
}

TEST_CASE("a child that is forgotten is killed with all it started") {
  pid_t pid = 0, grandchild = 0;
  {
    const TempDir directory;
    Child child = shell("sleep 1000 & echo $! > " + (directory / "pid.new") + "; mv " + (directory / "pid.new") + " " +
                        (directory / "pid") + "; wait");
    pid = child.pid();
    REQUIRE(eventually([&] { return std::filesystem::exists(directory / "pid"); }));
    grandchild = std::stoi(read_file(directory / "pid"));
    CHECK(is_alive(grandchild));
  }
  CHECK_FALSE(is_alive(pid));
  CHECK_FALSE(is_alive(grandchild));
}

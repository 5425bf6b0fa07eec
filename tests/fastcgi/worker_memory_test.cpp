#include "fastcgi/worker_memory.h"

#include <unistd.h>

#include <csignal>

#include "tests/fastcgi/processes.h"
#include "tests/fastcgi/real_php.h"
#include "tests/support/catch.h"
#include "tests/support/patience.h"

using namespace larder;
using namespace larder::fastcgi;
using namespace larder::fastcgi::testing;
using larder::testing::eventually;
using larder::testing::TempDir;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

// A script that holds 60 MiB until the file is there, then says who it was.
std::string fat_until(const std::string& file) {
  return "$fat = str_repeat('x', 60 << 20); while (!file_exists('" + file +
         "')) { usleep(5000); clearstatcache(); } echo getmypid();";
}

// Looks until somebody was ended.
std::vector<WorkerMemory::Ended> enforce_until(WorkerMemory& memory, pid_t master, const WorkerMemoryLimits& limits) {
  std::vector<WorkerMemory::Ended> ended;
  CHECK(eventually([&] {
    ended = memory.enforce(master, limits);
    return !ended.empty();
  }));
  return ended;
}

}  // namespace

TEST_CASE("A worker that has grown fat ends after its request, which is answered in full, and another takes its place",
          "[forks]") {
  RealPhp real;
  WorkerMemory memory;
  CHECK(eventually([&] {
    CHECK(memory.enforce(real.php->pid(), {.soft = 60 * kMiB}).empty());
    return memory.workers().size() == RealPhp::kWorkers;
  }));
  const std::string open = real.directory / "open";
  const auto job = real.run(fat_until(open));
  const auto ended = enforce_until(memory, real.php->pid(), {.soft = 60 * kMiB});
  REQUIRE(ended.size() == 1);
  CHECK_FALSE(ended[0].killed);
  CHECK(ended[0].bytes > 60 * kMiB);
  CHECK(memory.enforce(real.php->pid(), {.soft = 60 * kMiB}).empty());  // it is asked once
  real.directory.write("open", "");
  CHECK(job->wait() == Outcome::complete);
  CHECK(job->answer == std::to_string(ended[0].pid));
  CHECK(eventually([&] { return !is_alive(ended[0].pid); }));
  for (int i = 0; i < 8; ++i) CHECK(real.print("echo 1;") == "1");
}

TEST_CASE("Above the hard limit a worker is killed in the middle of its request, and PHP goes on", "[forks]") {
  RealPhp real;
  WorkerMemory memory;
  const auto job = real.run(fat_until("/nonexistent/x"));
  const WorkerMemoryLimits limits{.hard = 40 * kMiB};
  const auto ended = enforce_until(memory, real.php->pid(), limits);
  CHECK(ended[0].killed);
  CHECK(eventually([&] {  // the render is repeated once
    memory.enforce(real.php->pid(), limits);
    return job->ended();
  }));
  CHECK(job->wait() != Outcome::complete);
  CHECK(real.print("echo 1;") == "1");
}

TEST_CASE("Who is no child of the master is never touched, whatever his size") {
  WorkerMemory memory;
  CHECK(memory.enforce(::getpid(), {.soft = 1, .hard = 1}).empty());
  CHECK(memory.enforce(0, {.soft = 1, .hard = 1}).empty());
  CHECK(memory.workers().empty());
  // A list that names us as somebody's child: the look by pidfd finds out.
  const TempDir proc;
  const std::string self = std::to_string(::getpid());
  proc.write("7/task/7/children", self + " ");
  proc.write(self + "/status", "Name:\tx\nPPid:\t8\nRssAnon:\t  99999 kB\n");
  CHECK(WorkerMemory(proc.path()).enforce(7, {.soft = 1, .hard = 1}).empty());
}

TEST_CASE("Where the kernel lists no children, everybody is asked for his parent") {
  const TempDir proc;
  proc.write("7/status", "PPid:\t1\nRssAnon:\t5 kB\n");
  proc.write("8/status", "Name:\tphp-fpm: pool x\nPPid:\t7\nVmRSS:\t 9 kB\nRssAnon:\t    2048 kB\n");
  proc.write("9/status", "PPid:\t1\nRssAnon:\t5 kB\n");
  proc.write("version", "Linux");
  WorkerMemory memory(proc.path());
  CHECK(memory.enforce(7, {}).empty());
  REQUIRE(memory.workers().size() == 1);
  CHECK(memory.workers()[0].pid == 8);
  CHECK(memory.workers()[0].bytes == 2 * kMiB);
}

// "larder batch": a command beside the server that stands still when memory is short. And "larder doctor", which looks
// at the same board.
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/fastcgi/processes.h"
#include "tests/support/boards.h"
#include "tests/support/catch.h"
#include "tests/support/patience.h"
#include "tests/support/process.h"

using namespace larder::testing;
using larder::fastcgi::testing::process_state;

namespace {

// A board, a place where daemons tell their pressure, and `larder batch` on both.
struct Batched {
  std::vector<std::string> command_line(const std::string& script) const {
    return {std::getenv("LARDER"), "batch", "--", "sh", "-c", script};
  }
  std::vector<std::pair<std::string, std::string>> environment() const {
    return {{"LARDER_BOARD_ROOT", board.root()}, {"RUNTIME_DIRECTORY", run.path()}};
  }
  Finished run_to_end(const std::string& script) const {
    return larder::testing::run(command_line(script), environment());
  }
  std::unique_ptr<Process> start(const std::string& script) const {
    return std::make_unique<Process>(
        ProcessOptions{.command = command_line("echo $$ > " + (run / "pid") + "; " + script),
                       .environment = environment(),
                       .errors = run / "news"});
  }
  // Long sleeps: it has the processor only when nobody else wants it, and stopping takes a moment of that too.
  std::string until_done() const { return "while [ ! -e " + (run / "done") + " ]; do sleep 0.2; done; exit 3"; }
  void tell(std::string_view pressure) const {
    run.write("larder-" + std::to_string(::getpid()) + "/pressure", pressure);
  }
  pid_t pid() const {
    REQUIRE(eventually([&] { return read_file(run / "pid").ends_with("\n"); }));
    return static_cast<pid_t>(std::stol(read_file(run / "pid")));
  }
  bool stands_still() const {
    return eventually([id = pid()] { return process_state(id).state == 'T'; });
  }
  // It has stopped the command before it says so, and has the processor only when nobody else wants it.
  bool says(const std::string& text) const {
    return eventually([&] { return read_file(run / "news").find(text) != std::string::npos; });
  }
  bool runs() const {
    return eventually([id = pid()] { return process_state(id).state == 'S' || process_state(id).state == 'R'; });
  }

  TunedPi board;
  TempDir run;
};

}  // namespace

TEST_CASE("A command's output and exit code are its own") {
  const Batched batched;
  const Finished done = batched.run_to_end("echo out; echo err >&2; exit 7");
  CHECK(done.exit == 7);
  CHECK(done.output == "out\n");
  CHECK(done.errors == "err\n");
  CHECK(batched.run_to_end("kill -9 $$").exit == 128 + SIGKILL);
}

TEST_CASE("A program that is not there, or none, is said so") {
  const Batched batched;
  const std::string larder = std::getenv("LARDER");
  const Finished missing = larder::testing::run({larder, "batch", "--", "/no/such/program"}, batched.environment());
  CHECK(missing.exit == 127);
  CHECK(missing.errors == "larder batch: /no/such/program: No such file or directory\n");
  CHECK(larder::testing::run({larder, "batch"}, batched.environment()).exit != 0);
  CHECK(larder::testing::run({larder, "batch", "--", "/etc/passwd"}, batched.environment()).exit == 126);
}

TEST_CASE("It runs when nobody else wants to") {
  const Batched batched;
  // Fields 19 and 41 of proc(5) stat: nice, and the scheduling policy, 5 being SCHED_IDLE.
  CHECK(batched.run_to_end("awk '{ print $19, $41 }' /proc/self/stat").output == "19 5\n");
}

TEST_CASE("A session that it leads gives way to all others, one of somebody else stays as it is") {
  if (!std::filesystem::exists("/proc/self/autogroup")) return;  // this kernel does not share by sessions
  const Batched batched;
  std::vector<std::string> command = {"setsid", "--wait"};
  for (const std::string& word : batched.command_line("cat /proc/self/autogroup")) command.push_back(word);
  CHECK(larder::testing::run(command, batched.environment()).output.ends_with(" nice 19\n"));
  CHECK(batched.run_to_end("cat /proc/self/autogroup").output == read_file("/proc/self/autogroup"));
}

TEST_CASE("It stands still while memory is short, and goes on after") {
  const Batched batched;
  const auto process = batched.start(batched.until_done());
  CHECK(batched.runs());
  batched.board.set_available(12);
  CHECK(batched.stands_still());
  batched.run.write("done", "");
  CHECK(process->running());
  batched.board.set_available(60);
  CHECK(process->wait(patience()) == 3);
  const std::string news = read_file(batched.run / "news");
  CHECK(news.find("larder batch: paused 0:0") != std::string::npos);
  CHECK(news.find(" (ORANGE: MemAvailable is 12.0 %)\n") != std::string::npos);
  CHECK(news.find("larder batch: goes on; paused 0:") != std::string::npos);
  CHECK(news.find("larder batch: ended after 0:") != std::string::npos);
}

TEST_CASE("It stands still while much waits to be written, and goes on when it is") {
  const Batched batched;
  const auto process = batched.start(batched.until_done());
  CHECK(batched.runs());
  const std::string group = "sys/fs/cgroup/system.slice/larder.service/memory.stat";
  batched.board.write(group, "file_dirty 104857600\n");
  CHECK(batched.stands_still());
  batched.run.write("done", "");
  batched.board.write(group, "file_dirty 4096\n");
  CHECK(process->wait(patience()) == 3);
  CHECK(read_file(batched.run / "news").find("(much waits to be written)") != std::string::npos);
}

TEST_CASE("It listens to the daemon, which knows more in its memory group") {
  const Batched batched;
  const auto process = batched.start(batched.until_done());
  CHECK(batched.runs());
  batched.tell("RED\n");
  CHECK(batched.stands_still());
  CHECK(batched.says("(RED, Larder says)"));
  batched.run.write("done", "");
  batched.tell("YELLOW\n");
  CHECK(process->wait(patience()) == 3);
}

TEST_CASE("All of what it started stands still") {
  const Batched batched;
  const auto process = batched.start("sleep 1000 & echo $! > " + (batched.run / "second") + "; while [ ! -e " +
                                     (batched.run / "done") + " ]; do sleep 0.2; done; kill $!");
  CHECK(batched.runs());
  REQUIRE(eventually([&] { return read_file(batched.run / "second").ends_with("\n"); }));
  const pid_t second = static_cast<pid_t>(std::stol(read_file(batched.run / "second")));
  batched.tell("ORANGE\n");
  CHECK(batched.stands_still());
  CHECK(eventually([&] { return process_state(second).state == 'T'; }));
  batched.run.write("done", "");
  batched.tell("GREEN\n");
  CHECK(process->wait(patience()) == 0);
}

TEST_CASE("A command that stands still can be ended, and may clean up") {
  const Batched batched;
  const auto process = batched.start("trap 'echo cleaned >&2; exit 5' TERM; " + batched.until_done());
  CHECK(batched.runs());
  batched.tell("RED\n");
  CHECK(batched.stands_still());
  process->signal(SIGTERM);
  CHECK(process->wait(patience()) == 5);
  CHECK(read_file(batched.run / "news").find("cleaned\n") != std::string::npos);
}

TEST_CASE("A command whose keeper is killed does not stand still for ever") {
  const Batched batched;
  // In a session of its own, as under systemd or ssh: nobody of it is left to wake the command.
  std::vector<std::string> command = {"setsid", "--wait"};
  for (const std::string& word : batched.command_line("echo $PPID > " + (batched.run / "keeper") + "; echo $$ > " +
                                                      (batched.run / "pid") + "; " + batched.until_done()))
    command.push_back(word);
  Process process({.command = command, .environment = batched.environment()});
  CHECK(batched.runs());
  batched.tell("RED\n");
  CHECK(batched.stands_still());
  ::kill(static_cast<pid_t>(std::stol(read_file(batched.run / "keeper"))), SIGKILL);
  CHECK(eventually([id = batched.pid()] { return process_state(id).state != 'T'; }));
  process.wait(patience());
}

TEST_CASE("The doctor fails a stock board and passes a tuned one, in words and as JSON") {
  const auto doctor = [](const BoardFiles& board, const std::string& cache) {
    const TempDir site;
    return larder::testing::run({std::getenv("LARDER"), "doctor", "--json", "--set", "site.root=" + site.path(),
                                 "--set", "server.listen=127.0.0.1:0", "--set", "cache.path=" + cache},
                                {{"LARDER_BOARD_ROOT", board.root()}});
  };
  const Finished sick = doctor(StockPi(), "/tmp");
  CHECK(sick.exit == 1);
  CHECK(sick.output.find("\"verdict\": \"FAIL\"") != std::string::npos);
  CHECK(sick.output.find("sudo swapoff /var/swap") != std::string::npos);
  const Finished well = doctor(TunedPi(), "/tmp");
  CHECK(well.exit == 0);
  CHECK(well.output.find("\"FAIL\"") == std::string::npos);
}

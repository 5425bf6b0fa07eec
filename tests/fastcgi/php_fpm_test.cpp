#include "fastcgi/php_fpm.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <set>

#include "fastcgi/pool.h"
#include "tests/fastcgi/processes.h"
#include "tests/fastcgi/real_php.h"
#include "tests/fastcgi/test_body.h"
#include "tests/fastcgi/test_job.h"
#include "tests/support/catch.h"
#include "tests/support/patience.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_php.h"

using namespace larder;
using namespace larder::fastcgi;
using namespace larder::fastcgi::testing;
using larder::testing::eventually;
using larder::testing::patience;
using larder::testing::php_under_test;
using larder::testing::Process;
using larder::testing::read_file;
using larder::testing::TempDir;

namespace {

// "./dev test" installs it; a test that cannot run has failed.
void require_php() { REQUIRE((php_under_test() != "auto" || !find_php_fpm(PhpFpmOptions{}.search).empty())); }

}  // namespace

TEST_CASE("php-fpm runs scripts for the pool", "[forks]") {
  require_php();
  RealPhp real;
  const auto job =
      real.run("header('X-A: 1'); http_response_code(404); setcookie('a', 'b'); setcookie('c', 'd'); echo 6 * 7;");
  CHECK(job->wait() == Outcome::complete);
  CHECK(job->head.status == 404);
  CHECK(job->answer == "42");
  CHECK(*find_field(job->head.fields, "x-a") == "1");
  CHECK(find_field(job->head.fields, "X-Powered-By") == nullptr);
  CHECK(std::count_if(job->head.fields.begin(), job->head.fields.end(),
                      [](const Field& field) { return field.name == "Set-Cookie"; }) == 2);
  struct stat socket {};
  REQUIRE(::stat(real.php->socket_path().c_str(), &socket) == 0);
  CHECK((socket.st_mode & 0777) == 0600);
}

TEST_CASE("php-fpm takes a large body and gives a large answer", "[forks]") {
  require_php();
  RealPhp real;
  TestBody body(std::string(20'000'000, 'x'));
  const auto job = real.run("readfile('php://input');", &body);
  CHECK(job->wait() == Outcome::complete);
  CHECK(job->answer == body.text());
}

TEST_CASE("PHP has the settings that it was given, whatever their characters", "[forks]") {
  require_php();
  RealPhp real({{"user_agent", "a;b=\"${HOME}\" # $"}, {"opcache.max_wasted_percentage", "7"}});
  CHECK(real.print("foreach (['cgi.fix_pathinfo', 'expose_php', 'post_max_size', 'upload_max_filesize', "
                   "'display_errors', 'user_agent', 'opcache.max_wasted_percentage', 'opcache.memory_consumption'] "
                   "as $name) echo ini_get($name), '|';") == "0|0|33554432|33554432|0|a;b=\"${HOME}\" # $|7|48|");
  CHECK(real.print("echo sys_get_temp_dir() == ini_get('upload_tmp_dir'), var_export(getenv('PATH'), true);") ==
        "1false");
  CHECK(real.print("echo opcache_get_status(false)['memory_usage']['free_memory'] > 0 ? 'on' : 'off';") == "on");
}

TEST_CASE("what a script complains about arrives with its answer and nowhere else", "[forks]") {
  require_php();
  RealPhp real;
  const auto job = real.run("error_log('from the script'); echo $undefined, 'ok';");
  CHECK(job->wait() == Outcome::complete);
  CHECK(job->answer == "ok");
  CHECK(job->errors.find("from the script") != std::string::npos);
  CHECK(job->errors.find("Undefined variable") != std::string::npos);
  real.php->stop();
  CHECK(real.reported().empty());
}

TEST_CASE("php-fpm killed from outside is started again, with no worker of the old one left", "[forks]") {
  require_php();
  RealPhp real;
  const pid_t master = real.php->pid();
  const pid_t worker = std::stoi(real.print("echo getmypid();"));
  CHECK(process_state(worker).parent == master);
  // On a busy machine one worker answers before the other has been made.
  CHECK(eventually([&] { return group_members(master).size() == RealPhp::kWorkers + 1; }));
  ::kill(master, SIGKILL);
  CHECK(eventually([&] { return real.counters.get(Counter::php_restarts) == 1 && real.php->pid() != 0; }));
  CHECK(group_members(master).empty());
  CHECK_FALSE(is_alive(worker));
  CHECK(real.print("echo 'again';") == "again");
  CHECK(real.reported().find("killed by signal 9") != std::string::npos);
}

TEST_CASE("a worker that crashes is reported and costs an idempotent request nothing but time", "[forks]") {
  require_php();
  RealPhp real;
  const std::string once = real.directory / "once";
  CHECK(real.print("if (@mkdir('" + once + "')) posix_kill(getmypid(), 11); echo 'ok';") == "ok");
  CHECK(real.counters.get(Counter::renders_retried) == 1);
  CHECK(eventually([&] { return real.reported().find("SIGSEGV") != std::string::npos; }));
}

TEST_CASE("stop leaves no process, whatever scripts do", "[forks]") {
  require_php();
  RealPhp real;
  const pid_t master = real.php->pid();
  const std::string begun = real.directory / "begun";
  const auto job = real.run("file_put_contents('" + begun + "', 'x'); while (true) sleep(1000);");
  CHECK(eventually([&] { return std::filesystem::exists(begun); }));
  real.pool->stop();
  CHECK(job->wait() == Outcome::stopping);
  real.php->stop();
  CHECK(group_members(master).empty());
  CHECK(real.php->pid() == 0);
  CHECK_FALSE(std::filesystem::exists(real.php->socket_path()));
  real.php->stop();
}

TEST_CASE("a socket left behind does not keep php-fpm from starting", "[forks]") {
  require_php();
  const TempDir directory;
  directory.write("run/php-fpm.sock", "");
  SystemClock clock;
  Counters counters;
  const auto php = PhpFpm::start({.version = php_under_test(), .runtime_dir = directory / "run", .workers = 1}, clock,
                                 counters, [](auto...) {});
  INFO((php ? "" : php.error().message));
  CHECK(php);
}

// Not a test of its own: the process that the next one kills.
TEST_CASE("victim of kill -9", "[.][forks]") {
  SystemClock clock;
  Counters counters;
  const std::string directory = std::getenv("LARDER_TEST_VICTIM");
  const auto php =
      PhpFpm::start({.version = php_under_test(), .runtime_dir = directory + "/run", .workers = RealPhp::kWorkers},
                    clock, counters, [](auto...) {});
  REQUIRE(php);
  std::ofstream(directory + "/pid.new") << (*php)->pid();
  std::filesystem::rename(directory + "/pid.new", directory + "/pid");
  for (;;) ::pause();
}

TEST_CASE("no php-fpm survives a Larder that was killed", "[forks]") {
  require_php();
  const TempDir directory;
  Process victim({.command = {"/proc/self/exe", "victim of kill -9"},
                  .environment = {{"LARDER_TEST_VICTIM", directory.path()}},
                  .output = directory / "out"});
  REQUIRE(eventually([&] { return std::filesystem::exists(directory / "pid"); }));
  const pid_t master = std::stoi(read_file(directory / "pid"));
  REQUIRE(eventually([&] { return group_members(master).size() == RealPhp::kWorkers + 1; }));
  victim.signal(SIGKILL);
  CHECK(victim.wait(patience()) == 128 + SIGKILL);
  CHECK(eventually([&] { return group_members(master).empty(); }));
}

TEST_CASE("without php-fpm the error says which package brings it") {
  const TempDir directory;
  SystemClock clock;
  Counters counters;
  const auto error_of = [&](const std::string& version, const std::vector<std::string>& search) {
    const auto php = PhpFpm::start({.version = version, .runtime_dir = directory / "run", .search = search}, clock,
                                   counters, [](auto...) {});
    REQUIRE_FALSE(php);
    return php.error().message;
  };
  CHECK(error_of("auto", {directory.path()}) ==
        "no php-fpm found in " + directory.path() + ": apt install php-fpm (or set php.address to a pool you run)");
  const std::string path = directory.write("php-fpm8.2", "");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  const std::string message = error_of("8.1", {directory.path()});
  CHECK(message.find("apt install php8.1-fpm") != std::string::npos);
  CHECK(message.find("found: 8.2") != std::string::npos);
}

TEST_CASE("a php-fpm that is named by its path must be a program") {
  const TempDir directory;
  SystemClock clock;
  Counters counters;
  const auto php = PhpFpm::start({.version = directory / "php-fpm", .runtime_dir = directory / "run"}, clock, counters,
                                 [](auto...) {});
  REQUIRE_FALSE(php);
  CHECK(php.error().message == "php.version: " + directory.path() + "/php-fpm is no program that can be run");
}

TEST_CASE("a php-fpm that does not start is quoted") {
  const TempDir directory;
  const std::string path = directory.write("php-fpm8.2", "#!/bin/sh\necho 'something is wrong' >&2\nexit 78\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  SystemClock clock;
  Counters counters;
  const auto php =
      PhpFpm::start({.runtime_dir = directory / "run", .search = {directory.path()}}, clock, counters, [](auto...) {});
  REQUIRE_FALSE(php);
  CHECK(php.error().message == path + " did not start (exited with code 78): something is wrong");
}

TEST_CASE("a user who does not exist is named in the error") {
  const TempDir directory;
  SystemClock clock;
  Counters counters;
  const auto php =
      PhpFpm::start({.runtime_dir = directory / "run", .user = "no-such-user"}, clock, counters, [](auto...) {});
  REQUIRE_FALSE(php);
  CHECK(php.error().message.find("no-such-user") != std::string::npos);
}

TEST_CASE("started by root, PHP runs as the user that was asked for", "[forks]") {
  require_php();
  if (::geteuid() != 0) {
    WARN("only root can give PHP another user: not tested");
    return;
  }
  const TempDir directory;
  std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
  SystemClock clock;
  Counters counters;
  auto php = PhpFpm::start({.version = php_under_test(),
                            .runtime_dir = directory / "run",
                            .temp_dir = directory / "tmp",
                            .workers = 1,
                            .user = "nobody"},
                           clock, counters, [](auto...) {});
  REQUIRE(php);
  Pool pool({.address = {(*php)->socket_path(), {}, 0}, .lanes = 1}, clock, counters);
  const auto job = std::make_shared<TestJob>("");
  job->params_of_test().emplace_back("SCRIPT_FILENAME",
                                     directory.write("who.php",
                                                     "<?php echo posix_getpwuid(posix_geteuid())['name'], ' ', "
                                                     "is_writable(ini_get('upload_tmp_dir'));"));
  pool.submit(job);
  CHECK(job->wait() == Outcome::complete);
  CHECK(job->answer == "nobody 1");
}

TEST_CASE("A script that takes too long is reported with the line where it is", "[forks]") {
  require_php();
  RealPhp real({}, 1'000);
  const auto job = real.run(
      "\n\nfunction dawdle($file) {\n while (!file_exists($file)) { usleep(10000); clearstatcache(); } }\n"
      "dawdle('" +
      (real.directory / "go") + "');\n echo 'done';");
  CHECK(eventually([&] { return real.reported().find("too slow") != std::string::npos; }));
  // Where tracing is forbidden PHP says so instead.
  CHECK(eventually([&] {
    return real.reported().find("dawdle() " + (real.directory / "script1.php:5")) != std::string::npos ||
           real.reported().find("ptrace") != std::string::npos;
  }));
  real.directory.write("go", "");
  CHECK(job->wait() == Outcome::complete);
  CHECK(job->answer == "done");
}

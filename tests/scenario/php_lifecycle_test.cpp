// php-fpm as Larder's child: started, lost, found again, taken along; or somebody else's.
#include <algorithm>
#include <csignal>

#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/fake_worker.h"
#include "tests/support/process_tree.h"

using namespace larder::testing;

namespace {

struct PhpProcesses {
  pid_t master = 0;
  std::vector<pid_t> workers;
};

// php-fpm accepts connections a moment before its workers are all there.
PhpProcesses php_of(const LarderDaemon& daemon, std::size_t workers) {
  const std::vector<pid_t> masters = children_of(daemon.pid());
  REQUIRE(masters.size() == 1);
  PhpProcesses php{masters.front(), {}};
  REQUIRE(eventually([&] { return (php.workers = children_of(php.master)).size() == workers; }));
  return php;
}

bool all_gone(const PhpProcesses& php) {
  if (is_alive(php.master)) return false;
  return std::none_of(php.workers.begin(), php.workers.end(), is_alive);
}

}  // namespace

TEST_CASE("php-fpm is killed: it is started again and pages come back", "[managed]") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=2"});
  HttpClient client = daemon.client();
  client.get("/article/1").send().expect(200);
  const PhpProcesses php = php_of(daemon, 2);
  ::kill(php.master, SIGKILL);
  daemon.expect_counter("php_restarts", 1);
  client.get("/article/1").send().expect(200).expect_cache("hit");
  int page = 2;
  CHECK(eventually([&] { return client.get("/article/" + std::to_string(page++)).send().status == 200; }));
  CHECK(eventually([&] { return all_gone(php); }));
}

TEST_CASE("A stopped daemon leaves no PHP behind", "[managed]") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=2"});
  const PhpProcesses php = php_of(daemon, 2);
  daemon.stop();
  CHECK(all_gone(php));
}

TEST_CASE("A killed daemon takes php-fpm along, and the next one starts cleanly", "[managed]") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=2"});
  const PhpProcesses php = php_of(daemon, 2);
  daemon.kill9();
  CHECK(eventually([&] { return all_gone(php); }));
  daemon.start();
  daemon.client().get("/article/1").send().expect(200);
}

TEST_CASE("A php-fpm that is named by its path is the one that runs", "[managed]") {
  TestSite site;
  const TempDir directory;
  const std::string real = php_fpm_under_test();
  const std::string named = directory.write("my-php", "#!/bin/sh\nexec '" + real + "' \"$@\"\n");
  std::filesystem::permissions(named, std::filesystem::perms::owner_all);
  LarderDaemon daemon({site.setting(), "php.workers=1", "php.version=" + named});
  CHECK(daemon.logged("PHP: " + named + " with 1 workers"));
  daemon.client().get("/article/1").send().expect(200);
}

TEST_CASE("SIGTERM lets a page that is being rendered reach its client") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1"});
  HttpClient client = daemon.client();
  Batch last({client.get("/gate/last")});
  site.worker_at_gate("last");
  daemon.signal(SIGTERM);
  CHECK(daemon.logged("stopping"));
  site.open_gate("last");
  last.responses().front().expect(200).expect_body("through gate last");
  daemon.stop();
}

TEST_CASE("The PHP that is not installed is named, with the package that brings it") {
  TestSite site;
  const TempDir directory;
  std::filesystem::create_directory(directory / "cache");
  const std::string config = directory.write(
      "larder.ini", ini_text({site.setting(), "server.listen=127.0.0.1:0", "cache.path=" + (directory / "cache"),
                              "cache.size=64M", "php.version=5.2"}));
  const Finished finished = run_larder({"serve", "--config", config});
  INFO(finished.errors);
  CHECK(finished.exit != 0);
  CHECK(finished.exit < 128);
  CHECK(finished.errors.find("php5.2-fpm") != std::string::npos);
}

TEST_CASE("A pool that somebody else runs is used as it is") {
  TestSite site;
  const FakeWorker pool(2);
  LarderDaemon daemon({site.setting(), "php.address=unix:" + pool.socket(), "php.workers=2"});
  HttpClient client = daemon.client();
  CHECK(children_of(daemon.pid()).empty());
  client.get("/page?status=201&header=X-Fake:yes").send().expect(201).expect_header("X-Fake", "yes");
  CHECK(pool.renders() == 1);
}

TEST_CASE("Somebody else's pool is not there: an error until it is, files meanwhile") {
  TestSite site;
  const TempDir directory;
  const std::string socket = directory / "later.sock";
  LarderDaemon daemon({site.setting(), "php.address=unix:" + socket, "php.workers=2"});
  HttpClient client = daemon.client();
  const Response without = client.get("/article/1").send();
  CHECK(without.status >= 502);
  CHECK(without.status <= 503);
  client.get("/style.css").send().expect(200);
  const FakeWorker pool(2);
  std::filesystem::create_symlink(pool.socket(), socket);
  client.get("/page?do=big&bytes=1000").send().expect(200);
}

TEST_CASE("Whatever a worker does wrong, the client gets an honest answer and the next page is fine") {
  TestSite site;
  const FakeWorker pool(2);
  LarderDaemon daemon({site.setting(), "php.address=unix:" + pool.socket(), "php.workers=2", "php.timeout=1s"});
  HttpClient client = daemon.client();
  client.get("/page?do=die-before-head").send().expect(502);
  client.post("/page?do=die-before-head", "a=b").send().expect(502);
  for (const char* path : {"/page?do=no-answer", "/page?do=bad-head", "/page?do=garbage"}) {
    INFO(path);
    client.get(path).send().expect(502);
  }
  const Response cut = client.get("/page?do=die-midway&bytes=5000").send();
  const bool honest = cut.status == 502 || (cut.status == 200 && !cut.failure.empty());
  CHECK(honest);
  client.get("/page?do=hang").send().expect(504);
  client.get("/page?do=big&bytes=100000&split=1").send().expect(200).expect_header("Content-Length", "100000");
}

TEST_CASE("A worker that dies once is asked again, but a POST is not repeated") {
  TestSite site;
  const FakeWorker pool(2);
  LarderDaemon daemon({site.setting(), "php.address=unix:" + pool.socket(), "php.workers=2"});
  HttpClient client = daemon.client();
  client.get("/page?do=die-before-head&times=1").send().expect(200);
  daemon.expect_counter("renders_retried", 1);
  client.post("/form?do=die-before-head&times=2", "a=b").send().expect(502);
  daemon.expect_counter("renders_retried", 1);
}

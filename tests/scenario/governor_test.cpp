// The board runs out of memory, and the daemon makes do with less.
#include <filesystem>

#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"

using namespace larder::testing;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

// What `larder batch` would read.
std::string told(const LarderDaemon& daemon) {
  return read_file(daemon.directory() / ("run/larder-" + std::to_string(daemon.pid()) + "/pressure"));
}

}  // namespace

TEST_CASE("Short of memory PHP is held down and pages give way, cached pages are answered, and all of it comes back") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=4", "cache.memory=24M"});
  HttpClient client = daemon.client();
  client.get("/article/1").send().expect(200);
  daemon.expect_gauge("php_parallel", 4);
  daemon.expect_gauge("memory_limit", 24 * kMiB);
  CHECK(told(daemon) == "GREEN\n");

  daemon.board().set_available(12);
  daemon.expect_gauge("php_parallel", 2);
  daemon.expect_gauge("memory_limit", 8 * kMiB);
  CHECK(daemon.logged("pressure GREEN -> ORANGE: MemAvailable is 12.0 %; PHP 2 of 4 at a time, 8 MiB of pages"));
  CHECK(eventually([&] { return told(daemon) == "ORANGE\n"; }));
  client.get("/article/1").send().expect(200).expect_cache("hit");
  // What is rendered now stays in memory only.
  client.get("/article/2").send().expect(200);
  daemon.expect_counter("ring_refused_pressure", 1);
  daemon.expect_counter("ring_admitted", 1);

  daemon.board().set_available(5);
  daemon.expect_gauge("php_parallel", 1);
  daemon.expect_gauge("memory_limit", 4 * kMiB);
  client.get("/article/1").send().expect(200).expect_cache("hit");

  daemon.board().set_available(60);
  daemon.expect_gauge("php_parallel", 4);
  daemon.expect_gauge("memory_limit", 24 * kMiB);
  daemon.expect_counter("governor_changes", 5);
  CHECK(eventually([&] { return told(daemon) == "GREEN\n"; }));
}

TEST_CASE("The memory of pages that give way goes back to the kernel") {
  TestSite site;
  site.write("noise.php", "<?php header('Content-Type: application/octet-stream'); echo random_bytes(1 << 20);");
  LarderDaemon daemon({site.setting(), "php.workers=2", "cache.memory=64M"});
  HttpClient client = daemon.client();
  for (int i = 0; i < 48; ++i) client.get("/noise.php?n=" + std::to_string(i)).send().expect(200);
  const std::uint64_t full = daemon.rss_bytes();
  CHECK(full > 48 * kMiB);
  if (kSanitized) return;  // they keep what was freed
  daemon.board().set_available(5);
  CHECK(eventually([&] { return daemon.rss_bytes() < full - 32 * kMiB; }));
  WARN("resident: " << full / kMiB << " MiB with 48 MiB of pages, " << daemon.rss_bytes() / kMiB
                    << " MiB under pressure");
}

TEST_CASE("A board without memory to look at is well") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=2"});
  std::filesystem::remove_all(daemon.board().root() + "/proc");
  daemon.client().get("/article/1").send().expect(200);
  daemon.expect_gauge("php_parallel", 2);
  daemon.expect_counter("governor_changes", 0);
}

TEST_CASE("A script that leaves its worker fat is answered, and the worker replaced", "[managed]") {
  TestSite site;
  // It waits until it was seen.
  site.write("fat.php",
             "<?php ini_set('memory_limit', '-1'); $keep = str_repeat('x', 300 << 20);"
             "while (!file_exists(__DIR__ . '/seen')) { usleep(5000); clearstatcache(); } echo 'fat';");
  LarderDaemon daemon({site.setting(), "php.workers=2"});
  HttpClient client = daemon.client();
  Batch fat({client.get("/fat.php")});
  daemon.expect_counter("workers_recycled", 1);
  site.write("seen", "");
  fat.responses().front().expect(200).expect_body("fat");
  client.get("/article/1").send().expect(200);
}

TEST_CASE("In the last need a script that takes too much is killed, and the next page is answered", "[managed]") {
  TestSite site;
  std::filesystem::create_directory(site.root() + "/wp-admin");  // whose classes get to PHP even then
  site.write("wp-admin/hog.php", "<?php ini_set('memory_limit', '-1'); $keep = str_repeat('x', 300 << 20); sleep(60);");
  LarderDaemon daemon({site.setting(), "php.workers=2"});
  daemon.board().set_available(5);
  daemon.expect_gauge("php_parallel", 1);
  HttpClient client = daemon.client();
  const std::string login = "Cookie: wordpress_logged_in_1=editor";
  client.get("/wp-admin/hog.php").header(login).send().expect(502);
  CHECK(daemon.counter("workers_killed") >= 1);
  CHECK(daemon.logged("MiB: killed"));
  client.get("/wp-admin/other").header(login).send().expect(200);
}

TEST_CASE("The less memory there is, the better a class has to be that gets to PHP; what is stored is sent") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=4"});
  HttpClient client = daemon.client();
  client.get("/flaky/page").send().expect(200);  // stale when it comes
  daemon.board().set_available(18);
  daemon.expect_gauge("php_parallel", 3);
  client.get("/article/1?s=word").send().expect(503).expect_header("Retry-After", "");
  daemon.expect_counter("classes_refused", 1);
  client.get("/article/1?page=2").send().expect(200);

  daemon.board().set_available(5);
  daemon.expect_gauge("php_parallel", 1);
  client.get("/article/2").send().expect(503);
  client.get("/flaky/page").send().expect(200).expect_body("was well");
  CHECK(client.get("/wp-admin/").header("Cookie: wordpress_logged_in_1=editor").send().status != 503);
}

// More work than the board can do: what is possible is done, the rest is told at once.
#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/raw_client.h"

using namespace larder::testing;

TEST_CASE("Two hundred slow pages at once: four run, some wait, the rest is refused, cached pages do not notice") {
  constexpr std::size_t kClients = 200, kWorkers = 4, kQueue = 24;
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=4", "php.queue=24", "php.queue_wait=10m", "php.timeout=10m"});
  HttpClient client = daemon.client();
  client.get("/article/1").send().expect(200);
  const std::uint64_t before = daemon.rss_bytes();

  std::vector<Request> requests;
  for (std::size_t i = 0; i < kClients; ++i) requests.push_back(client.get("/gate/slow?page=" + std::to_string(i)));
  Batch crowd(requests);
  daemon.expect_counter("queue_refused", kClients - kWorkers - kQueue);
  // All of these are answered while not a single slow page is finished: nobody waits to hear no.
  REQUIRE(eventually([&] { return crowd.finished_with(503) == kClients - kWorkers - kQueue; }));
  CHECK(crowd.finished_with(200) == 0);

  client.get("/article/1").send().expect(200).expect_cache("hit");
  client.get("/style.css").send().expect(200);
  if (!kSanitized) CHECK(daemon.rss_bytes() < before + (32u << 20));

  REQUIRE(eventually([&] { return site.count("running") == kWorkers; }));
  site.open_gate("slow");
  std::size_t rendered = 0;
  for (const Response& response : crowd.responses()) {
    if (response.status == 200) {
      ++rendered;
      response.expect_body("through gate slow");
    } else {
      response.expect(503).expect_header("Retry-After", "");
      CHECK(std::stoi(response.header("Retry-After")) >= 1);
    }
  }
  CHECK(rendered == kWorkers + kQueue);
  CHECK(site.count("most-running") == kWorkers);
  client.get("/article/2").send().expect(200).expect_cache("fwd=miss");
}

TEST_CASE("Who waited too long for a worker is told so") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1", "php.queue=10", "php.queue_wait=100ms", "php.timeout=10m"});
  HttpClient client = daemon.client();
  Batch running({client.get("/gate/slow")});
  site.worker_at_gate("slow");
  Batch waiting(std::vector<Request>(3, client.get("/gate/slow?other")));  // one flight
  for (const Response& response : waiting.responses()) response.expect(503).expect_header("Retry-After", "");
  daemon.expect_counter("queue_expired", 1);
  site.open_gate("slow");
  running.responses().front().expect(200);
}

TEST_CASE("A page that exceeds its time gets 504 and its worker back") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1", "php.timeout=1s"});
  HttpClient client = daemon.client();
  client.get("/gate/never").send().expect(504);
  daemon.expect_counter("renders_timed_out", 1);
  // Until the worker is ended a page may still wait for it, not for ever.
  CHECK(eventually([&] { return client.get("/article/1").send().status == 200; }));
}

TEST_CASE("Waiting for PHP costs no processor time") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1", "php.timeout=10m"});
  HttpClient client = daemon.client();
  Batch crowd(std::vector<Request>(50, client.get("/gate/slow")));
  daemon.expect_gauge("flight_waiters", 50);
  const std::uint64_t before = daemon.cpu_ms();
  // The only way to see a loop that spins is to give it the time to.
  RawClient(daemon.port()).until_closed(2'000);
  CHECK(daemon.cpu_ms() - before < 1'000);
  site.open_gate("slow");
  for (const Response& response : crowd.responses()) response.expect(200);
}

TEST_CASE("When the queue is full a page pushes out a search, an administrator finds a place, the rest is refused") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=2", "php.queue=4", "php.queue_wait=10m", "php.timeout=10m"});
  HttpClient client = daemon.client();
  Batch running({client.get("/gate/slow?page=1"), client.get("/gate/slow?page=2")});
  daemon.expect_gauge("php_busy", 2);
  std::vector<Request> searches;
  for (int i = 0; i < 4; ++i) searches.push_back(client.get("/article/1?s=" + std::to_string(i)));
  Batch searching(searches);
  daemon.expect_gauge("php_queued", 4);
  client.get("/article/1?s=more").send().expect(503).expect_header("Retry-After", "");
  Batch page({client.get("/article/7")});
  CHECK(eventually([&] { return searching.finished_with(503) == 1; }));
  daemon.expect_gauge("php_queued", 4);
  Batch admin({client.get("/wp-admin/").header("Cookie: wordpress_logged_in_1=editor")});
  daemon.expect_gauge("php_queued", 5);
  daemon.expect_counter("queue_refused", 2);

  site.open_gate("slow");
  CHECK(admin.responses().front().status != 503);
  page.responses().front().expect(200);
  std::size_t found = 0;
  for (const Response& response : searching.responses()) found += response.status == 200 ? 1 : 0;
  CHECK(found == 3);
  running.responses();
}

TEST_CASE("While every worker is taken a page that has ended is sent as it is, and made anew when there is one") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1", "php.timeout=10m", "php.queue_wait=10m"});
  HttpClient client = daemon.client();
  client.get("/flaky/page").send().expect(200);  // stale when it comes
  site.open_gate("page");
  Batch running({client.get("/gate/slow")});
  site.worker_at_gate("slow");
  client.get("/flaky/page").send().expect(200).expect_body("was well");  // it would wait for the gate otherwise
  daemon.expect_counter("stale", 1);
  daemon.expect_counter("refreshes", 1);
  site.open_gate("slow");
  running.responses().front().expect(200);
  REQUIRE(eventually([&] { return client.get("/flaky/page").send().body == "well again"; }));
  daemon.expect_counter("renders", 3);
}

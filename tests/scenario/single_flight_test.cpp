// Many clients ask for one cold page: one render, and nobody is forgotten when it goes wrong.
#include <csignal>
#include <optional>

#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/frozen_thread.h"

using namespace larder::testing;

namespace {

constexpr std::size_t kClients = 500;

struct ColdSite {
  TestSite site;
  LarderDaemon daemon{{site.setting(), "php.workers=2", "php.queue=24", "php.timeout=10m"}};
  HttpClient client = daemon.client();

  Batch everybody_asks_for(const std::string& path) { return Batch(std::vector<Request>(kClients, client.get(path))); }
  // Not "requests_waiting": that counts those as well who wait for the drive, to hear what their path is.
  void wait_until_waiting(std::size_t number) { daemon.expect_gauge("flight_waiters", number); }
};

std::size_t count_status(const std::vector<Response>& responses, int status) {
  std::size_t number = 0;
  for (const Response& response : responses) number += response.status == status ? 1 : 0;
  return number;
}

}  // namespace

TEST_CASE("Five hundred clients of one cold page cause one render") {
  ColdSite server;
  Batch crowd = server.everybody_asks_for("/gate/front-page");
  server.site.worker_at_gate("front-page");
  server.wait_until_waiting(kClients);
  CHECK(crowd.finished() == 0);

  server.site.open_gate("front-page");
  const std::vector<Response> responses = crowd.responses();
  for (const Response& response : responses) REQUIRE(response.expect(200).body == "through gate front-page");
  server.daemon.expect_counter("renders", 1);
  server.daemon.expect_counter("joined", kClients - 1);
  server.daemon.expect_counter("stored", 1);
  CHECK(server.site.count("passes") == 1);
  server.client.get("/gate/front-page").send().expect(200).expect_cache("hit");
}

TEST_CASE("The worker is killed before its first byte: the page is rendered again, and all get it") {
  ColdSite server;
  Batch crowd = server.everybody_asks_for("/gate/front-page");
  const pid_t worker = server.site.worker_at_gate("front-page");
  server.wait_until_waiting(kClients);
  server.site.forget_worker("front-page");
  ::kill(worker, SIGKILL);
  CHECK(server.site.worker_at_gate("front-page") != worker);
  server.site.open_gate("front-page");
  const std::vector<Response> responses = crowd.responses();
  for (const Response& response : responses) REQUIRE(response.expect(200).body == "through gate front-page");
  server.daemon.expect_counter("renders_retried", 1);
}

TEST_CASE("The worker is killed half-way: everybody is answered, nothing half is stored") {
  ColdSite server;
  Batch crowd = server.everybody_asks_for("/half/front-page");
  const pid_t worker = server.site.worker_at_gate("front-page");
  server.wait_until_waiting(kClients);
  ::kill(worker, SIGKILL);

  const std::vector<Response> responses = crowd.responses();
  for (const Response& response : responses) {
    INFO("status " << response.status << " " << response.failure);
    // Cut off visibly, or an error: never half a page that looks whole.
    const bool honest = response.status >= 500 || !response.failure.empty();
    REQUIRE(honest);
  }
  server.daemon.expect_counter("renders_failed", 1);
  server.site.open_gate("front-page");
  server.client.get("/half/front-page").send().expect(200).expect_cache("fwd=miss").expect_body("second half");
}

TEST_CASE("A leader whose client leaves still serves those who wait") {
  ColdSite server;
  Batch leader({server.client.get("/gate/front-page")});
  server.site.worker_at_gate("front-page");
  Batch followers(std::vector<Request>(10, server.client.get("/gate/front-page")));
  server.wait_until_waiting(11);
  leader.cancel();
  server.site.open_gate("front-page");
  CHECK(count_status(followers.responses(), 200) == 10);
  server.daemon.expect_counter("renders", 1);
}

TEST_CASE("A page rendered while others who ask for it still wait for the drive is not rendered again") {
  ColdSite server;
  std::optional<FrozenThread> slow_drive(std::in_place, server.daemon.pid(), "files");
  // Nobody has asked for this name yet, so the kernel cannot say without the drive what it is.
  Batch early(std::vector<Request>(10, server.client.get("/late.php")));
  server.daemon.expect_gauge("requests_waiting", 10);
  // Now it can. A page as fresh as this one is kept in memory only.
  server.site.write("late.php",
                    "<?php require __DIR__ . '/library.php'; pass_gate('late');"
                    "header('Cache-Control: max-age=20'); echo 'render ', count_up('late');");
  Batch leader({server.client.get("/late.php")});
  server.site.worker_at_gate("late");
  server.wait_until_waiting(1);
  server.site.open_gate("late");
  leader.responses().front().expect(200).expect_body("render 1");

  slow_drive.reset();
  for (const Response& response : early.responses()) response.expect(200).expect_cache("hit").expect_body("render 1");
  server.daemon.expect_counter("renders", 1);
  server.daemon.expect_counter("hit_memory", 10);
}

TEST_CASE("A page that turns out to be private is rendered for each who waited") {
  ColdSite server;
  server.site.write("private.php",
                    "<?php require __DIR__ . '/library.php'; pass_gate('private');"
                    "header('Cache-Control: private'); echo 'for ', count_up('private');");
  Batch crowd(std::vector<Request>(10, server.client.get("/private.php")));
  server.site.worker_at_gate("private");
  server.wait_until_waiting(10);
  server.site.open_gate("private");
  std::vector<std::string> bodies;
  for (const Response& response : crowd.responses()) bodies.push_back(response.expect(200).body);
  std::sort(bodies.begin(), bodies.end());
  const bool distinct = std::unique(bodies.begin(), bodies.end()) == bodies.end();
  CHECK(distinct);
}

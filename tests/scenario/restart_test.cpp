// Settings read again, a restart, an end: none of them costs a visitor his answer.
#include <csignal>

#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/haproxy.h"
#include "tests/support/visitors.h"

using namespace larder::testing;

namespace {

// As in packaging/haproxy: what may be repeated is.
constexpr const char* kRetries = " option redispatch\n retry-on conn-failure empty-response 503\n retries 3\n";

std::string server_line(const std::string& name, const LarderDaemon& daemon, const std::string& options = "") {
  return " server " + name + " 127.0.0.1:" + std::to_string(daemon.port()) + options + "\n";
}
std::string watched(const std::string& name, const LarderDaemon& daemon) {
  return " option httpchk GET /larder/health\n" + server_line(name, daemon, " check inter 100ms fall 1 rise 1");
}

constexpr int kTimes = 20;

struct Two {
  void wait_until_up(const std::string& name) const {
    REQUIRE(eventually([&] { return haproxy.server(name, "status") == "UP"; }));
  }
  // Else HAProxy could hear of it when the other one ends too, and would have nobody.
  void wait_until_off_duty(const std::string& name) const {
    REQUIRE(eventually([&] { return haproxy.server(name, "status") != "UP"; }));
  }
  TestSite site;
  LarderDaemon one{{site.setting(), "php.workers=1"}};
  LarderDaemon other{{site.setting(), "php.workers=1", "balancer.notice=500ms"}};
  HaProxy haproxy{"http", kRetries + watched("one", one) + watched("other", other)};
};

}  // namespace

TEST_CASE("Through a restart the same process goes on with the same socket, and pages are still there") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1"});
  daemon.client().get("/article/1").send().expect(200);
  const Finished restarted = daemon.command("restart");
  INFO(restarted.errors);
  CHECK(restarted.exit == 0);
  CHECK(daemon.logged("restarting"));
  // Who comes now waits in the backlog, or is served by the old process: nobody is refused.
  for (int i = 0; i < 50; ++i) daemon.client().get("/article/1").send().expect(200);
  CHECK(eventually([&] { return daemon.counter("ring_pages_recovered") == 1; }));
  CHECK(daemon.running());
}

TEST_CASE("A request under way is finished before a restart") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1"});
  Batch slow({daemon.client().get("/gate/slow")});
  site.worker_at_gate("slow");
  CHECK(daemon.command("restart").exit == 0);
  CHECK(daemon.logged("restarting"));
  Batch waiting({daemon.client().get("/style.css")});
  site.open_gate("slow");
  slow.responses().front().expect(200).expect_body("through gate slow");
  waiting.responses().front().expect(200);
}

TEST_CASE("A restart with a mistake in the settings is refused, and the daemon goes on") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1"});
  daemon.add_to_config("[php]\nworkres = 4\n");
  const Finished refused = daemon.command("restart");
  CHECK(refused.exit == 1);
  CHECK(refused.errors.find("workres") != std::string::npos);
  daemon.client().get("/article/1").send().expect(200);
}

TEST_CASE("Settings read again change what can change, and name what cannot") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1", "server.headers=X-Before: yes"});
  HttpClient client = daemon.client();
  client.get("/style.css").send().expect(200).expect_header("X-Before", "yes");
  daemon.change("server.headers", "X-After: yes");
  daemon.change("php.workers", "2");
  daemon.signal(SIGHUP);
  CHECK(eventually([&] { return client.get("/style.css").send().header("X-After") == "yes"; }));
  client.get("/style.css").send().expect_no_header("X-Before");
  CHECK(daemon.logged("in effect now: server.headers"));
  CHECK(daemon.logged("only after a restart: php.workers"));
  daemon.expect_counter("reloads", 1);
}

TEST_CASE("A broken file changes nothing, and the log says what is wrong with it") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1", "server.headers=X-Before: yes"});
  daemon.change("server.headers", "X-After: yes");
  daemon.add_to_config("[cahce]\nsize = 1G\n");
  const Finished refused = daemon.command("reload");
  CHECK(refused.exit == 1);
  CHECK(refused.errors.find("[cahce]") != std::string::npos);
  CHECK(daemon.logged("all settings stay as they were"));
  daemon.client().get("/style.css").send().expect(200).expect_header("X-Before", "yes");
  daemon.expect_counter("reloads", 0);
}

TEST_CASE("Reloads and restarts cost no visitor an answer, who comes by himself or through HAProxy") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1", "server.headers=X-Turn: start"});
  const HaProxy haproxy("http", kRetries + server_line("one", daemon));
  Visitors alone(daemon.port(), 2, Visitors::Each::connects), guided(haproxy.port(), 2);
  for (int i = 0; i < kTimes; ++i) {
    alone.wait_for_more(50);
    daemon.change("server.headers", "X-Turn: " + std::to_string(i));
    daemon.signal(SIGHUP);
    daemon.expect_counter("reloads", 1);
    guided.wait_for_more(50);
    CHECK(daemon.command("restart").exit == 0);
    daemon.wait_for_start();
  }
  alone.expect_none_lost();
  guided.expect_none_lost();
}

TEST_CASE("Drains and ends of one of two Larders behind HAProxy lose no request") {
  Two two;
  Visitors visitors(two.haproxy.port(), 2);
  for (int i = 0; i < 3; ++i) {
    CHECK(two.one.command("drain").exit == 0);
    two.wait_until_off_duty("one");
    visitors.wait_for_more(50);
    CHECK(two.one.command("ready").exit == 0);
    two.wait_until_up("one");
    two.other.stop();
    visitors.wait_for_more(50);
    two.other.start_at_same_port();
    two.wait_until_up("other");
  }
  visitors.expect_none_lost();
}

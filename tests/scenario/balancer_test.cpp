// A load balancer in front: whom Larder takes for the client, and what the balancer hears of Larder.
#include <csignal>

#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/haproxy.h"
#include "tests/support/raw_client.h"

using namespace larder::testing;

namespace {

// HAProxy connects from an address of its own, so that the test itself is no trusted proxy.
constexpr const char* kBalancer = "127.0.0.9";

std::string server_line(const LarderDaemon& daemon, const std::string& options) {
  return " server pi 127.0.0.1:" + std::to_string(daemon.port()) + " source " + kBalancer + " " + options;
}

struct BehindProxyHeader {
  explicit BehindProxyHeader(const std::string& send, const std::string& other = "log.level=info")
      : daemon({site.setting(), "php.workers=1", "server.proxy_protocol=on",
                "server.trusted_proxies=" + std::string(kBalancer), "log.access=file:" + (logs / "access.log"), other}),
        haproxy("tcp", server_line(daemon, send)) {}
  TestSite site;
  TempDir logs;
  LarderDaemon daemon;
  HaProxy haproxy;
};

}  // namespace

TEST_CASE("By either version of the PROXY protocol, client and log show who came to HAProxy") {
  for (const char* version : {"send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id"}) {
    INFO(version);
    BehindProxyHeader behind(version);
    HttpClient four = behind.haproxy.client({.from = "127.0.0.77"});
    HttpClient six = behind.haproxy.client({.address = "::1"});
    const Response named = four.get("/env/").header("X-Forwarded-For: 6.6.6.6").send();
    named.expect(200).expect_body("\"REMOTE_ADDR\": \"127.0.0.77\"");
    six.get("/env/?six").send().expect(200).expect_body("\"REMOTE_ADDR\": \"::1\"");
    CHECK(eventually([&] {
      const std::string log = read_file(behind.logs / "access.log");
      return log.find("127.0.0.77 - -") != std::string::npos && log.find("::1 - -") != std::string::npos;
    }));
    CHECK(behind.daemon.counter("proxy_headers") >= 2);
    CHECK(behind.daemon.counter("proxy_headers_refused") == 0);
  }
}

TEST_CASE("HAProxy's checks come with a header of their own and are answered") {
  BehindProxyHeader behind("send-proxy-v2 check inter 100ms");
  CHECK(eventually([&] { return behind.haproxy.server("pi", "check_status") == "L4OK"; }));
  behind.haproxy.client().get("/style.css").send().expect(200);
}

TEST_CASE("A trusted proxy that sends no header gets no answer, and everybody else needs none") {
  BehindProxyHeader behind("");
  const Response response = behind.haproxy.client().get("/style.css").send();
  CHECK(response.status == 0);
  behind.daemon.expect_counter("proxy_headers_refused", 1);
  CHECK(behind.daemon.logged("send-proxy"));
  behind.daemon.client().get("/style.css").send().expect(200);
}

TEST_CASE("A stranger's PROXY header is no request") {
  BehindProxyHeader behind("send-proxy");
  const auto received =
      RawClient(behind.daemon.port())
          .send("PROXY TCP4 6.6.6.6 192.0.2.1 1 80\r\nGET /style.css HTTP/1.1\r\nHost: larder.test\r\n\r\n")
          .until_closed();
  CHECK(received.bytes.starts_with("HTTP/1.1 400"));
}

TEST_CASE("A proxy that connects and says nothing is cut off in time and holds up nobody") {
  BehindProxyHeader behind("send-proxy", "server.header_timeout=1s");
  HttpClient silent = behind.haproxy.client();  // HAProxy sends its header at once, so the silent one is made by hand
  std::vector<RawClient> mute;
  for (int i = 0; i < 20; ++i) mute.emplace_back(behind.daemon.port(), "127.0.0.1", kBalancer);
  silent.get("/style.css").send().expect(200);
  behind.daemon.client().get("/style.css").send().expect(200);
  for (RawClient& client : mute) CHECK(client.until_closed().closed);
  behind.daemon.expect_counter("proxy_headers_refused", 20);
}

namespace {

// One Larder behind a HAProxy that looks after it by agent and health page.
struct Watched {
  explicit Watched(const std::string& other = "log.level=info")
      : daemon({site.setting(), "php.workers=1", "balancer.agent=127.0.0.1:0", other}),
        haproxy("http",
                " option httpchk GET /larder/health\n" +
                    server_line(daemon, "check inter 100ms rise 1 fall 1 agent-check agent-inter 100ms agent-port " +
                                            agent_port())) {}
  std::string agent_port() const {
    const std::string mark = "agent for HAProxy at 127.0.0.1:", log = daemon.log();
    const std::size_t at = log.find(mark) + mark.size();
    return log.substr(at, log.find('\n', at) - at);
  }
  std::string agent_line() const {
    return RawClient(static_cast<std::uint16_t>(std::stoul(agent_port()))).until_closed().bytes;
  }
  bool shows(const std::string& column, const std::string& value) const {
    return eventually([&] { return haproxy.server("pi", column) == value; });
  }
  TestSite site;
  LarderDaemon daemon;
  HaProxy haproxy;
};

}  // namespace

TEST_CASE("HAProxy hears of a drain and of its end, by agent and by health page") {
  Watched watched;
  CHECK(watched.agent_line() == "ready up 100% maxconn:128\n");
  CHECK(watched.shows("agent_status", "L7OK"));
  CHECK(watched.shows("slim", "128"));
  watched.daemon.client().get("/larder/health").send().expect(200).expect_body("ready");

  const Finished drained = watched.daemon.command("drain");
  INFO(drained.errors);
  CHECK(drained.exit == 0);
  CHECK(watched.agent_line() == "drain\n");
  watched.daemon.client().get("/larder/health").send().expect(503).expect_body("draining");
  CHECK(eventually([&] {
    return watched.haproxy.server("pi", "status").starts_with("DRAIN") ||
           watched.haproxy.server("pi", "status").starts_with("DOWN");
  }));
  watched.daemon.client().get("/article/1").send().expect(200);  // who comes is served

  CHECK(watched.daemon.command("ready").exit == 0);
  CHECK(watched.shows("status", "UP"));
  watched.haproxy.client().get("/article/1").send().expect(200);
  CHECK(watched.daemon.counter("health_checks") > 0);
  CHECK(watched.daemon.counter("agent_checks") > 0);
}

TEST_CASE("Workers that are all busy lower the weight, and free ones raise it again") {
  Watched watched;
  CHECK(watched.shows("weight", "1"));
  Batch page({watched.daemon.client().get("/gate/slow")});
  watched.site.worker_at_gate("slow");
  CHECK(eventually([&] { return watched.agent_line() == "ready up 50% maxconn:128\n"; }));
  watched.site.open_gate("slow");
  page.responses().front().expect(200);
  CHECK(eventually([&] { return watched.agent_line() == "ready up 100% maxconn:128\n"; }));
}

TEST_CASE("A daemon that is stopped tells its balancer first, and serves until that has heard") {
  Watched watched("balancer.notice=5m");
  watched.daemon.signal(SIGTERM);
  CHECK(eventually([&] { return watched.agent_line() == "drain\n"; }));
  watched.daemon.client().get("/larder/health").send().expect(503);
  watched.daemon.client().get("/article/1").send().expect(200);
  const Finished ready = watched.daemon.command("ready");
  CHECK(ready.exit == 1);
  CHECK(ready.errors.find("being stopped") != std::string::npos);
  watched.daemon.stop();  // the second signal ends the wait
}

TEST_CASE("Where nobody looks after it a daemon stops at once") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1"});
  daemon.client().get("/article/1").send().expect(200);
  daemon.stop();
  CHECK(daemon.log().find("told") == std::string::npos);
}

TEST_CASE("An agent's address that is taken is named") {
  TestSite site;
  LarderDaemon first({site.setting(), "php.workers=1"});
  const TempDir directory;
  std::filesystem::create_directory(directory / "cache");
  const std::string taken = "127.0.0.1:" + std::to_string(first.port());
  const Finished second =
      run_larder({"serve", "--config",
                  directory.write("larder.ini",
                                  ini_text({site.setting(), "server.listen=127.0.0.1:0",
                                            "cache.path=" + (directory / "cache"), "cache.size=64M",
                                            "php.address=unix:" + (directory / "none"), "balancer.agent=" + taken}))});
  CHECK(second.exit == 1);
  CHECK(second.errors.find("balancer.agent") != std::string::npos);
  CHECK(second.errors.find(taken) != std::string::npos);
}

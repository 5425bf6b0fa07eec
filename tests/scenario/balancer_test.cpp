// A load balancer in front: whom Larder takes for the client, and what the balancer hears of Larder.
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

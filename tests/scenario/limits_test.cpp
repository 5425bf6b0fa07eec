// What a client may take, and what happens to one who takes more.
#include <sys/resource.h>

#include <csignal>

#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/raw_client.h"

using namespace larder::testing;

namespace {

struct FileServer {
  explicit FileServer(const std::string& limit, const std::string& other = "log.level=info")
      : daemon({site.setting(), "site.front_controller=none", "php.address=unix:" + site.root() + "/none", limit,
                other}) {}
  TestSite site;
  LarderDaemon daemon;
};

constexpr const char* kGet = "GET /style.css HTTP/1.1\r\nHost: larder.test\r\n\r\n";

// Every client but the board itself has an address of its own.
RawClient from(const LarderDaemon& daemon, const std::string& address) {
  return RawClient(daemon.port(), "127.0.0.1", address);
}

}  // namespace

TEST_CASE("One connection too many is told so at once, and there is room again when another leaves") {
  FileServer server("server.connections=10");
  std::vector<RawClient> guests;
  for (int i = 0; i < 10; ++i) {
    guests.emplace_back(server.daemon.port());
    const auto received = guests.back().send(kGet).until("}\n");
    REQUIRE(received.bytes.starts_with("HTTP/1.1 200"));
  }
  const auto refused = RawClient(server.daemon.port()).send(kGet).until_closed();
  CHECK(refused.closed);
  CHECK(refused.bytes.starts_with("HTTP/1.1 503"));
  CHECK(refused.bytes.find("Retry-After: ") != std::string::npos);
  guests.pop_back();
  CHECK(eventually([&] { return server.daemon.client().get("/style.css").send().status == 200; }));
  for (RawClient& guest : guests) CHECK(guest.send(kGet).until("}\n").bytes.starts_with("HTTP/1.1 200"));
}

TEST_CASE("A head that never ends is cut off, however often a byte comes") {
  FileServer server("server.header_timeout=1s");
  RawClient slow(server.daemon.port());
  slow.send("GET /style.css HTTP/1.1\r\nHost: larder.test\r\nX-Slow: ");
  const bool cut = eventually([&] { return slow.send("x").peer_closed(); });
  CHECK(cut);
  server.daemon.expect_counter("connections_expired", 1);
  server.daemon.client().get("/style.css").send().expect(200);
}

TEST_CASE("A connection that says nothing is cut off") {
  FileServer server("server.header_timeout=1s");
  const auto received = RawClient(server.daemon.port()).until_closed();
  CHECK(received.closed);
}

TEST_CASE("An idle connection is closed after its time") {
  FileServer server("server.keepalive_timeout=1s");
  RawClient client(server.daemon.port());
  CHECK(client.send(kGet).until("}\n").bytes.starts_with("HTTP/1.1 200"));
  CHECK(client.until_closed().closed);
}

TEST_CASE("A client that takes nothing of its answer is cut off") {
  FileServer server("server.send_timeout=1s");
  server.site.write("large.bin", std::string(64u << 20, 'x'));
  RawClient deaf(server.daemon.port());
  deaf.send("GET /large.bin HTTP/1.1\r\nHost: larder.test\r\n\r\n");
  server.daemon.expect_gauge("requests_active", 2);  // its own, and the one that asks
  server.daemon.expect_gauge("requests_active", 1);
  server.daemon.expect_gauge("connections", 1);
}

TEST_CASE("A client that asks again and again and takes nothing is cut off") {
  FileServer server("server.send_timeout=1s");
  server.site.write("page.html", std::string(64u << 10, 'x'));
  RawClient deaf(server.daemon.port());
  for (int i = 0; i < 400; ++i) deaf.send("GET /page.html HTTP/1.1\r\nHost: larder.test\r\n\r\n");
  server.daemon.expect_gauge("requests_active", 2);
  server.daemon.expect_gauge("requests_active", 1);
  server.daemon.expect_gauge("connections", 1);
}

TEST_CASE("A request sent byte by byte is understood") {
  FileServer server("server.threads=1");
  CHECK(RawClient(server.daemon.port()).send_one_by_one(kGet).until("}\n").bytes.starts_with("HTTP/1.1 200"));
}

TEST_CASE("Requests sent in one go are answered in order") {
  FileServer server("server.threads=1");
  RawClient client(server.daemon.port());
  client.send(
      "GET /style.css HTTP/1.1\r\nHost: larder.test\r\n\r\n"
      "GET /docs/ HTTP/1.1\r\nHost: larder.test\r\n\r\n"
      "GET /nothing HTTP/1.1\r\nHost: larder.test\r\nConnection: close\r\n\r\n");
  const std::string bytes = client.until_closed().bytes;
  const std::size_t style = bytes.find("color: #333"), docs = bytes.find("the docs"), none = bytes.find("HTTP/1.1 404");
  CHECK(style < docs);
  CHECK(docs < none);
  CHECK(none != std::string::npos);
}

TEST_CASE("A head larger than its buffer is refused") {
  FileServer server("server.connection_memory=8K");
  HttpClient client = server.daemon.client();
  client.get("/style.css").header("Cookie: " + std::string(20'000, 'c')).send().expect(431);
  const Response target = client.get("/" + std::string(20'000, 'a')).send();
  const bool refused = target.status == 414 || target.status == 431;
  CHECK(refused);
  client.get("/style.css").send().expect(200);
}

TEST_CASE("The parameters of a query take no room for fields") {
  FileServer server("log.level=info");
  std::string target = "/style.css?a";
  for (int i = 0; i < 1000; ++i) target += "&b=c";
  const auto reply = server.daemon.client().get(target).send();
  CHECK(reply.status == 200);
}

TEST_CASE("Hundreds of connections at once are all heard, and idle they are cheap") {
  // Nothing but its own request may wake a connection: not a neighbour's, not the end of somebody's time.
  FileServer server("server.connections=1000", "server.keepalive_timeout=1h");
  const std::uint64_t before = server.daemon.rss_bytes();
  std::vector<RawClient> guests;
  for (int i = 0; i < 500; ++i) guests.emplace_back(server.daemon.port());
  for (RawClient& guest : guests) guest.send(kGet);
  for (RawClient& guest : guests) REQUIRE(guest.until("}\n").bytes.starts_with("HTTP/1.1 200"));
  if (!kSanitized) CHECK(server.daemon.rss_bytes() < before + (24u << 20));
  server.daemon.stop();
  for (RawClient& guest : guests) CHECK(guest.until_closed().closed);
}

TEST_CASE("A client has no more connections than its share; others, and the board itself, do not notice") {
  FileServer server("server.connections_per_client=3", "server.trusted_proxies=127.0.0.9");
  std::vector<RawClient> guests;
  for (int i = 0; i < 3; ++i) {
    guests.push_back(from(server.daemon, "127.0.0.77"));
    REQUIRE(guests.back().send(kGet).until("}\n").bytes.starts_with("HTTP/1.1 200"));
  }
  CHECK(from(server.daemon, "127.0.0.77").send(kGet).until_closed().bytes.starts_with("HTTP/1.1 503"));
  server.daemon.expect_counter("clients_refused", 1);
  CHECK(server.daemon.logged("127.0.0.77 wants more connections"));
  for (const char* other : {"127.0.0.78", "127.0.0.1", "127.0.0.9"}) {
    std::vector<RawClient> many;
    for (int i = 0; i < (std::string(other) == "127.0.0.78" ? 3 : 10); ++i) {
      many.push_back(from(server.daemon, other));
      CHECK(many.back().send(kGet).until("}\n").bytes.starts_with("HTTP/1.1 200"));
    }
  }
  guests.pop_back();
  CHECK(eventually(
      [&] { return from(server.daemon, "127.0.0.77").send(kGet).until("}\n").bytes.starts_with("HTTP/1.1 200"); }));
}

TEST_CASE("A client that asks too often is told so, and the balancer before it is not the client") {
  FileServer server("server.requests_per_client=1", "server.trusted_proxies=127.0.0.9");
  const auto status_of = [&](const std::string& address, const std::string& field) {
    return from(server.daemon, address)
        .send("GET /style.css HTTP/1.1\r\nHost: larder.test\r\nConnection: close\r\n" + field + "\r\n")
        .until_closed()
        .bytes.substr(0, 12);
  };
  const std::string forwarded = "X-Forwarded-For: 192.0.2.7\r\n";
  CHECK(eventually([&] { return status_of("127.0.0.77", "") == "HTTP/1.1 429"; }));
  CHECK(eventually([&] { return status_of("127.0.0.9", forwarded) == "HTTP/1.1 429"; }));
  for (int i = 0; i < 20; ++i) CHECK(status_of("127.0.0.9", "") == "HTTP/1.1 200");
  CHECK(status_of("127.0.0.9", "X-Forwarded-For: 192.0.2.8\r\n") == "HTTP/1.1 200");
  CHECK(server.daemon.counter("rates_refused") >= 2);
}

TEST_CASE("Two thousand clients that never end their heads are cut off, and others are served meanwhile") {
  FileServer server("server.connections=3000", "server.header_timeout=5s");
  std::vector<RawClient> slow;
  for (int i = 0; i < 2'000; ++i) {
    slow.emplace_back(server.daemon.port());
    slow.back().send("GET /style.css HTTP/1.1\r\nHost: larder.test\r\nX-Slow: ");
  }
  server.daemon.client().get("/style.css").send().expect(200);
  server.daemon.expect_counter("connections_expired", 2'000);
  for (RawClient& client : slow) CHECK(client.until_closed().closed);
  server.daemon.expect_counter("connections_refused", 0);
}

TEST_CASE("Five thousand idle connections cost at most 24 KiB each, and others are served") {
  constexpr std::uint64_t kGuests = 5'000;
  FileServer server("server.connections=6000", "server.keepalive_timeout=1h");
  server.daemon.client().get("/style.css").send().expect(200);
  const std::uint64_t before = server.daemon.rss_bytes();
  std::vector<RawClient> guests;
  for (std::uint64_t i = 0; i < kGuests; ++i) {
    guests.emplace_back(server.daemon.port());
    guests.back().send(kGet);
  }
  for (RawClient& guest : guests) REQUIRE(guest.until("}\n").bytes.starts_with("HTTP/1.1 200"));
  const std::uint64_t each = (server.daemon.rss_bytes() - before) / kGuests;
  INFO("an idle connection has " << each << " bytes");
  if (!kSanitized) CHECK(each <= 24 * 1024);
  server.daemon.client().get("/style.css").send().expect(200);
}

TEST_CASE("Without a free descriptor clients are refused and no time is spent; with one they are served again") {
  FileServer server("server.connections=1000");
  RawClient guest(server.daemon.port());
  CHECK(guest.send(kGet).until("}\n").bytes.starts_with("HTTP/1.1 200"));
  rlimit before{}, none{};
  REQUIRE(::prlimit(server.daemon.pid(), RLIMIT_NOFILE, nullptr, &before) == 0);
  none = {.rlim_cur = 3, .rlim_max = before.rlim_max};
  REQUIRE(::prlimit(server.daemon.pid(), RLIMIT_NOFILE, &none, nullptr) == 0);
  std::vector<RawClient> refused;
  for (int i = 0; i < 200; ++i) refused.emplace_back(server.daemon.port());
  const std::uint64_t used = server.daemon.cpu_ms();
  // The only way to see a loop that spins is to give it the time to.
  CHECK_FALSE(guest.until("never", 2'000).closed);
  CHECK(server.daemon.cpu_ms() - used < 1'000);
  CHECK(server.daemon.logged("raise LimitNOFILE"));
  REQUIRE(::prlimit(server.daemon.pid(), RLIMIT_NOFILE, &before, nullptr) == 0);
  server.daemon.client().get("/style.css").send().expect(200);
  CHECK(server.daemon.counter("accept_failures") > 0);
}

TEST_CASE("A storm of connections that come and go leaves none behind") {
  FileServer server("server.connections=1000");
  for (int round = 0; round < 20; ++round) {
    std::vector<RawClient> storm;
    for (int i = 0; i < 250; ++i) storm.emplace_back(server.daemon.port());
    server.daemon.client().get("/style.css").send().expect(200);
  }
  server.daemon.expect_gauge("connections", 1);  // the one that asks
}

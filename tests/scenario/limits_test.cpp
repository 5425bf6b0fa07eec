// What a client may take, and what happens to one who takes more.
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

// Three boards, each with a network of its own, behind a real HAProxy that is set up as the example of the package
// says.
//
// Needs root (network namespaces): `./dev check` runs it.
#include <csignal>
#include <cstdio>
#include <memory>

#include "base/clock.h"
#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/haproxy.h"
#include "tests/support/long_tests.h"
#include "tests/support/network_namespace.h"
#include "tests/support/visitors.h"

using namespace larder::testing;
using larder::long_or_short;

namespace {

struct Board {
  NetworkNamespace network;
  std::string name, address;
  std::unique_ptr<LarderDaemon> larder;  // start and stop it in its network
};

// The lines of the example's backend, with our servers in place of its own.
std::string backend_of_example(const std::vector<Board>& boards) {
  const std::string example = read_file(LARDER_HAPROXY_EXAMPLE), mark = "\nbackend larders\n";
  const std::size_t begin = example.find(mark), end = example.find("    server pi1");
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  std::string lines = example.substr(begin + mark.size(), end - begin - mark.size());
  for (const Board& board : boards)
    lines += " server " + board.name + " " + board.address + ":80 send-proxy-v2 check-send-proxy\n";
  return lines;
}

struct Rack {
  Rack() {
    for (int i = 1; i <= 3; ++i) {
      Board& board = boards.emplace_back();
      board.name = "pi" + std::to_string(i);
      // The third has IPv6 and nothing else.
      const std::string net = i == 3 ? "fd77::" : "10.77." + std::to_string(i) + ".", bits = i == 3 ? "/64" : "/24";
      board.address = net + "2";
      join(balancer, net + "1" + bits, board.network, net + "2" + bits);
      const NetworkNamespace::Visit there(board.network);
      board.larder = std::make_unique<LarderDaemon>(std::vector<std::string>{
          site.setting(), "server.listen=[::]:80", "server.trusted_proxies=" + net + "1", "server.proxy_protocol=on",
          "server.keepalive_timeout=90s", "balancer.agent=[::]:8081", "php.workers=1",
          "server.headers=X-Board: " + board.name});
    }
    const NetworkNamespace::Visit there(balancer);
    haproxy = std::make_unique<HaProxy>("http", backend_of_example(boards), " option forwardfor\n");
    for (const Board& board : boards) wait_until_up(board);
  }
  ~Rack() {
    for (Board& board : boards) {
      const NetworkNamespace::Visit there(board.network);
      board.larder.reset();
    }
  }
  std::string column(const Board& board, const std::string& name) const { return haproxy->server(board.name, name); }
  bool shows(const Board& board, const std::string& name, const std::string& value) const {
    return eventually([&] { return column(board, name) == value; }, patience(60'000));
  }
  void wait_until_up(const Board& board) const { REQUIRE(shows(board, "status", "UP")); }

  NetworkNamespace balancer;
  TestSite site;
  std::vector<Board> boards;
  std::unique_ptr<HaProxy> haproxy;
};

// For a person who reads the output; nothing is asserted of time.
class StopWatch {
 public:
  double seconds() const { return static_cast<double>(clock_.steady() - began_) / 1000; }

 private:
  larder::SystemClock clock_;
  const larder::Millis began_ = clock_.steady();
};

}  // namespace

TEST_CASE("The balancer takes load off a board that is short of memory, gives it back, and no visitor notices") {
  Rack rack;
  const NetworkNamespace::Visit there(rack.balancer);
  Visitors visitors(rack.haproxy->port(), 2);
  const Board& board = rack.boards[0];
  CHECK(rack.shows(board, "weight", "100"));
  visitors.wait_for_more(200);

  const StopWatch pressure;
  board.larder->board().set_available(12);
  CHECK(rack.shows(board, "weight", "40"));
  std::printf("weight 40 after %.1f s of pressure\n", pressure.seconds());
  CHECK(rack.shows(board, "slim", "48"));
  CHECK(rack.column(rack.boards[1], "weight") == "100");
  visitors.wait_for_more(200);

  const StopWatch relief;
  board.larder->board().set_available(60);
  CHECK(rack.shows(board, "weight", "100"));
  std::printf("weight 100 after %.1f s of relief\n", relief.seconds());
  CHECK(rack.shows(board, "slim", "128"));
  visitors.wait_for_more(200);
  visitors.expect_none_lost();
  for (const Board& each : rack.boards) CHECK(std::stoul(rack.column(each, "stot")) > 0);
}

TEST_CASE("A board knows the visitor, whoever stands between") {
  Rack rack;
  const NetworkNamespace::Visit there(rack.balancer);
  for (int i = 0; i < 30; ++i) {
    HttpClient visitor = rack.haproxy->client({.from = "127.0.0.77"});
    visitor.get("/env/" + std::to_string(i)).send().expect(200).expect_body("\"REMOTE_ADDR\": \"127.0.0.77\"");
  }
}

TEST_CASE("Drains, ends, reloads and restarts of one board after the other lose no request") {
  const int times = long_or_short(20, 1), requests = long_or_short(100'000, 1'000) / (4 * times);
  Rack rack;
  const NetworkNamespace::Visit there(rack.balancer);
  const StopWatch watch;
  Visitors visitors(rack.haproxy->port(), 4);
  for (int i = 0; i < times; ++i) {
    const Board& board = rack.boards[static_cast<std::size_t>(i) % rack.boards.size()];
    LarderDaemon& larder = *board.larder;
    CHECK(larder.command("drain").exit == 0);
    CHECK(eventually([&] { return rack.column(board, "status") != "UP"; }));
    visitors.wait_for_more(requests);
    CHECK(larder.command("ready").exit == 0);
    rack.wait_until_up(board);

    larder.change("server.headers", "X-Turn: " + std::to_string(i));
    larder.signal(SIGHUP);
    visitors.wait_for_more(requests);
    CHECK(larder.command("restart").exit == 0);
    larder.wait_for_start();
    visitors.wait_for_more(requests);
    {
      const NetworkNamespace::Visit at_board(board.network);
      larder.stop();
      larder.start();
    }
    visitors.wait_for_more(requests);
    rack.wait_until_up(board);
  }
  std::printf("%d requests answered through %d of each in %.0f s\n", visitors.answered(), times, watch.seconds());
  visitors.expect_none_lost();
}

#include "server/introductions.h"

#include <sys/socket.h>

#include <array>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"

using namespace larder;
using namespace larder::server;

namespace {

const std::string kHeader = "PROXY TCP4 198.51.100.7 192.0.2.1 4711 80\r\n";
const std::string kRequest = "GET / HTTP/1.1\r\n";

// The balancer's end and ours of one connection.
struct Fixture {
  Fixture() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
    balancer.reset(ends[0]);
    introductions.begin({UniqueFd(ends[1]), *Endpoint::parse("192.0.2.10"), false});
  }
  void say(std::string_view text) {
    REQUIRE(::send(balancer.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  // One round of the acceptor. True: there was something to hear.
  bool turn() {
    std::vector<pollfd> watched;
    introductions.watch(watched);
    const bool heard = ::poll(watched.data(), watched.size(), 0) > 0;
    introductions.go_on(watched);
    return heard;
  }
  std::string rest() const {
    std::array<char, 100> bytes{};
    const auto got = ::recv(welcomed.front().fd.get(), bytes.data(), bytes.size(), 0);
    return {bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  }

  ManualClock clock;
  Counters counters;
  std::string reported;
  std::vector<Arrival> welcomed;
  Introductions introductions{10'000, clock, counters, [this](Level, std::string_view text) { reported += text; },
                              [this](Arrival arrival) { welcomed.push_back(std::move(arrival)); }};
  UniqueFd balancer;
};

}  // namespace

TEST_CASE("After its header a connection is that of the client, with every byte that followed") {
  Fixture fixture;
  fixture.say(kHeader + kRequest);
  CHECK(fixture.turn());
  REQUIRE(fixture.welcomed.size() == 1);
  CHECK(fixture.welcomed[0].peer.text() == "198.51.100.7");
  CHECK(fixture.rest() == kRequest);
  CHECK(fixture.introductions.size() == 0);
  CHECK(fixture.counters.get(Counter::proxy_headers) == 1);
}

TEST_CASE("A header may come in pieces, and none of them is heard twice") {
  Fixture fixture;
  for (const char byte : kHeader) {
    CHECK(fixture.welcomed.empty());
    fixture.say({&byte, 1});
    CHECK(fixture.turn());
    CHECK_FALSE(fixture.turn());  // quiet until more comes
  }
  fixture.say(kRequest);
  REQUIRE(fixture.welcomed.size() == 1);
  CHECK(fixture.rest() == kRequest);
}

TEST_CASE("A balancer that names nobody is welcomed as itself") {
  Fixture fixture;
  fixture.say("PROXY UNKNOWN\r\n");
  fixture.turn();
  REQUIRE(fixture.welcomed.size() == 1);
  CHECK(fixture.welcomed[0].peer.text() == "192.0.2.10");
}

TEST_CASE("A trusted proxy that begins with HTTP is cut off, and the log says what to do") {
  Fixture fixture;
  fixture.say(kRequest);
  fixture.turn();
  CHECK(fixture.welcomed.empty());
  CHECK(fixture.introductions.size() == 0);
  CHECK(fixture.counters.get(Counter::proxy_headers_refused) == 1);
  for (const char* word : {"192.0.2.10", "server.proxy_protocol", "send-proxy"}) {
    INFO(fixture.reported);
    CHECK(fixture.reported.find(word) != std::string::npos);
  }
}

TEST_CASE("A header that is late, or half when the balancer leaves, ends the connection") {
  Fixture late;
  late.say("PROXY ");
  late.turn();
  late.clock.advance(10'001);
  late.turn();
  CHECK(late.introductions.size() == 0);
  CHECK(late.counters.get(Counter::proxy_headers_refused) == 1);

  Fixture half;
  half.say("PROXY ");
  half.balancer.reset();
  half.turn();
  CHECK(half.counters.get(Counter::proxy_headers_refused) == (half.introductions.size() == 0 ? 1 : 0));
  half.turn();
  CHECK(half.introductions.size() == 0);
  CHECK(half.counters.get(Counter::proxy_headers_refused) == 1);
}

TEST_CASE("A connection that closes without a word is no mistake") {
  Fixture fixture;
  fixture.balancer.reset();
  fixture.turn();
  CHECK(fixture.introductions.size() == 0);
  CHECK(fixture.counters.get(Counter::proxy_headers_refused) == 0);
  CHECK(fixture.reported.empty());
}

TEST_CASE("Others wait no longer because one is silent") {
  Fixture fixture;
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
  const UniqueFd second(ends[0]);
  REQUIRE(::send(second.get(), kHeader.data(), kHeader.size(), 0) > 0);
  fixture.introductions.begin({UniqueFd(ends[1]), *Endpoint::parse("192.0.2.10"), false});
  CHECK(fixture.welcomed.size() == 1);
  CHECK(fixture.introductions.size() == 1);
}

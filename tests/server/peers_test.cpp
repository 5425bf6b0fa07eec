#include "server/peers.h"

#include <mutex>

#include "tests/support/fake_peer.h"

namespace larder::server {
namespace {

using cache::Purge;
using testing::eventually;
using testing::FakePeer;
using testing::patience;

const std::vector<Purge> kHome = {{Purge::Kind::tag, "home", true, 0}}, kFeed = {{Purge::Kind::tag, "feed", true, 0}};

PeerAddress at(const FakePeer& peer) { return {.host = "127.0.0.1", .port = peer.port()}; }

struct Office {
  std::size_t said(std::string_view text) const {
    std::lock_guard lock(mutex);
    return static_cast<std::size_t>(
        std::count_if(log.begin(), log.end(), [&](const auto& line) { return line.find(text) != std::string::npos; }));
  }
  bool done() const {
    return eventually([&] { return peers.info().waiting == 0; });
  }
  std::uint64_t count(Counter counter) const { return counters.get(counter); }

  SystemClock clock;
  Counters counters;
  mutable std::mutex mutex;
  std::vector<std::string> log;
  Peers peers{clock, counters, [this](Level, std::string_view text) {
                std::lock_guard lock(mutex);
                log.emplace_back(text);
              }};
};

bool holds(const FakePeer& peer, std::size_t request, std::string_view text) {
  return peer.requests().at(request).find(text) != std::string::npos;
}

TEST_CASE("every peer is told once, also one that is named twice, with mark and token") {
  const FakePeer one, other;
  Office office;
  office.peers.set({at(one), at(other), at(one)}, "0123456789abcdef");
  office.peers.tell(kHome);
  REQUIRE(office.done());
  for (const FakePeer* peer : {&one, &other}) {
    REQUIRE(peer->requests().size() == 1);
    CHECK(holds(*peer, 0, "\r\nLarder-Forwarded: " + std::string(office.peers.id()) + " 0\r\n"));
    CHECK(holds(*peer, 0, "Bearer 0123456789abcdef"));
    CHECK(holds(*peer, 0, "\"home\""));
  }
  CHECK(office.count(Counter::peer_purges) == 2);
  CHECK(office.peers.info().peers == 2);
}

TEST_CASE("a peer that hangs keeps neither the caller nor another peer waiting, nor the end") {
  const FakePeer hangs({""}), answers;
  Office office;
  office.peers.set({at(hangs), at(answers)}, "");
  office.peers.tell(kHome);
  REQUIRE(hangs.gets(1));
  office.peers.tell(kFeed);
  CHECK(answers.gets(2));
  CHECK(hangs.requests().size() == 1);
  CHECK(office.peers.info().waiting >= 2);
  office.peers.stop(0);
  CHECK(office.said("2 requests to purge have not reached it") == 1);
}

TEST_CASE("a peer that fails is told again until it takes it; that it was lost and is back is said once") {
  const FakePeer peer({"HTTP/1.1 503 x", "HTTP/1.1 403 x", "HTTP/1.1 200 OK"});
  Office office;
  office.peers.set({at(peer)}, "");
  office.peers.tell(kHome);
  REQUIRE(office.done());
  office.peers.tell(kFeed);
  REQUIRE(office.done());
  CHECK(peer.requests().size() == 4);
  CHECK(peer.requests()[0] == peer.requests()[2]);
  CHECK(office.said("takes no purges: it answers 503") == 1);
  CHECK(office.said("takes no purges") == 1);
  CHECK(office.said("takes purges again") == 1);
  CHECK(office.count(Counter::peer_errors) == 2);
  CHECK(office.count(Counter::peer_losses) == 1);
  CHECK(office.peers.info().lost == 0);
}

TEST_CASE("what a peer calls wrong becomes a purge of everything") {
  const FakePeer peer({"HTTP/1.1 400 x", "HTTP/1.1 200 OK"});
  Office office;
  office.peers.set({at(peer)}, "");
  office.peers.tell(kHome);
  REQUIRE(office.done());
  CHECK(holds(peer, 1, "\"all\":true"));
}

TEST_CASE("at the end those that answer take what waits for them") {
  const FakePeer peer;
  Office office;
  office.peers.set({at(peer)}, "");
  for (int i = 0; i < 20; ++i) office.peers.tell(kHome);
  office.peers.stop(patience());
  CHECK(peer.requests().size() == 20);
  office.peers.tell(kHome);  // nobody is there any more
  CHECK(office.said("have not reached it") == 0);
}

TEST_CASE("new settings: who stays keeps what waits for him, who goes is told no more, who comes is told from now on") {
  const FakePeer stays({"", "HTTP/1.1 200 OK"}), goes, comes;
  Office office;
  office.peers.set({at(stays), at(goes)}, "before-before-be");
  office.peers.tell(kHome);
  REQUIRE((stays.gets(1) && goes.gets(1)));
  office.peers.tell(kFeed);
  REQUIRE(goes.gets(2));
  office.peers.set({at(comes), at(stays)}, "after-after-afte");
  office.peers.tell(kFeed);
  CHECK(comes.gets(1));
  CHECK(stays.gets(4));  // the one that got no answer, again; then both others
  CHECK(holds(stays, 1, "\"home\""));
  CHECK(holds(stays, 1, "after-after-afte"));
  CHECK(goes.requests().size() == 2);
}

TEST_CASE("what a log held is told with its age, as far as it is no older than a day") {
  const FakePeer peer;
  Office office;
  office.peers.set({at(peer)}, "");
  constexpr Millis kHour = 3'600'000;
  office.peers.tell_again({{Purge::Kind::tag, "old", true, office.clock.wall() - 2 * kHour - 1'800'000},
                           {Purge::Kind::tag, "older", true, office.clock.wall() - 25 * kHour}});
  REQUIRE(office.done());
  REQUIRE(peer.requests().size() == 1);
  CHECK(holds(peer, 0, "\"old\""));
  CHECK_FALSE(holds(peer, 0, "older"));
  CHECK_FALSE(holds(peer, 0, std::string(office.peers.id()) + " 0\r\n"));
}

}  // namespace
}  // namespace larder::server

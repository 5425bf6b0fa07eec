#include "server/flight.h"

#include "tests/support/catch.h"
#include "tests/support/fake_connection.h"
#include "tests/support/manual_clock.h"

namespace larder::server {
namespace {

struct Fixture {
  ManualClock clock;
  FakeConnections connections;
  FakeSuspender suspender{connections};
  FlightTable flights{30'000, clock};

  static Landing page_landing() {
    Landing landing;
    landing.page = std::make_shared<cache::Page>();
    return landing;
  }
};

TEST_CASE_METHOD(Fixture, "the first to join a flight leads, the others follow") {
  Landing first, second, other;
  const auto leader = flights.join("a", &first, suspender);
  const auto follower = flights.join("a", &second, suspender);
  const auto elsewhere = flights.join("b", &other, suspender);
  CHECK(leader.leads);
  CHECK_FALSE(follower.leads);
  CHECK(follower.flight == leader.flight);
  CHECK(elsewhere.leads);
  CHECK(flights.size() == 2);
  CHECK(connections.suspended == 3);
  CHECK(connections.woken() == 0);
}

TEST_CASE_METHOD(Fixture, "a landing reaches all who joined, each woken once") {
  std::vector<Landing> slots(500);
  std::shared_ptr<Flight> flight;
  for (Landing& slot : slots) flight = flights.join("a", &slot, suspender).flight;
  const Landing landing = page_landing();
  CHECK(flights.land(*flight, landing, landing));
  CHECK(connections.woken() == 500);
  for (const Landing& slot : slots) REQUIRE(slot.page == landing.page);
  CHECK(flights.size() == 0);
}

TEST_CASE_METHOD(Fixture, "nobody leads a refresh, so what is for a leader alone reaches nobody") {
  const auto refresh = flights.begin("a", 9);
  REQUIRE(refresh != nullptr);
  CHECK_FALSE(refresh->led());
  CHECK(flights.begin("a", 9) == nullptr);
  CHECK(flights.has("a"));
  Landing joined, for_leader = page_landing(), for_others;
  CHECK_FALSE(flights.join("a", &joined, suspender).leads);
  for_others.separate = true;
  CHECK(flights.land(*refresh, for_leader, for_others));
  CHECK(joined.separate);
  CHECK(joined.page == nullptr);
  CHECK_FALSE(flights.has("a"));
}

TEST_CASE_METHOD(Fixture, "a failure is remembered for a second") {
  flights.remember_failed("a");
  CHECK(flights.has_failed("a"));
  CHECK_FALSE(flights.has_failed("b"));
  clock.advance(1'000);
  CHECK_FALSE(flights.has_failed("a"));
}

TEST_CASE_METHOD(Fixture, "all who wait in flights are counted, until they land") {
  std::vector<Landing> slots(4);
  const auto shared = flights.join("a", &slots[0], suspender).flight;
  flights.join("a", &slots[1], suspender);
  flights.join("b", &slots[2], suspender);
  const auto solo = flights.solo(&slots[3], suspender);
  CHECK(flights.waiting() == 4);
  flights.land(*shared, page_landing(), page_landing());
  CHECK(flights.waiting() == 2);
  flights.land(*solo, page_landing(), {});
  CHECK(flights.waiting() == 1);
}

TEST_CASE_METHOD(Fixture, "a flight lands once") {
  Landing slot;
  const auto flight = flights.join("a", &slot, suspender).flight;
  CHECK(flights.land(*flight, page_landing(), {}));
  CHECK_FALSE(flights.land(*flight, page_landing(), {}));
  CHECK(connections.woken() == 1);
}

TEST_CASE_METHOD(Fixture, "what must not be shared goes to the leader alone") {
  Landing first, second;
  const auto flight = flights.join("a", &first, suspender).flight;
  flights.join("a", &second, suspender);
  Landing others;
  others.separate = true;
  flights.land(*flight, page_landing(), others);
  CHECK(first.page != nullptr);
  CHECK_FALSE(first.separate);
  CHECK(second.page == nullptr);
  CHECK(second.separate);
}

TEST_CASE_METHOD(Fixture, "after a landing the next to ask leads a new flight") {
  Landing first, second;
  const auto flight = flights.join("a", &first, suspender).flight;
  flights.land(*flight, page_landing(), {});
  CHECK(flights.join("a", &second, suspender).leads);
}

TEST_CASE_METHOD(Fixture, "a leader that hangs frees its followers at the deadline") {
  Landing first, second;
  const auto flight = flights.join("a", &first, suspender).flight;
  flights.join("a", &second, suspender);
  clock.advance(30'000);
  flights.expire();
  CHECK(connections.woken() == 0);
  clock.advance(1);
  flights.expire();
  CHECK(connections.woken() == 2);
  CHECK(first.failure == fastcgi::Outcome::timed_out);
  CHECK(second.failure == fastcgi::Outcome::timed_out);
  CHECK(flight->landed());
}

TEST_CASE_METHOD(Fixture, "a solo flight expires too, and nobody can join it") {
  Landing slot, other;
  const auto solo = flights.solo(&slot, suspender);
  CHECK(flights.size() == 0);
  CHECK(flights.join("", &other, suspender).leads);
  clock.advance(30'001);
  flights.expire();
  CHECK(slot.failure == fastcgi::Outcome::timed_out);
}

TEST_CASE_METHOD(Fixture, "a solo flight knows when its only client has left") {
  Landing slot;
  const auto solo = flights.solo(&slot, suspender);
  CHECK_FALSE(solo->client_left());
  connections.left = true;
  CHECK(solo->client_left());
  flights.land(*solo, {}, {});
  CHECK_FALSE(solo->client_left());
}

TEST_CASE_METHOD(Fixture, "a key that cannot be shared is remembered for ten seconds") {
  CHECK_FALSE(flights.is_separate("a"));
  flights.remember_separate("a", "private");
  CHECK(flights.is_separate("a"));
  CHECK(flights.why_separate("a") == "private");
  CHECK(flights.why_separate("b").empty());
  CHECK_FALSE(flights.is_separate("b"));
  clock.advance(10'000);
  CHECK_FALSE(flights.is_separate("a"));
}

TEST_CASE_METHOD(Fixture, "no more refreshes are begun than may be, until one has landed") {
  const auto first = flights.begin("a", 1);
  REQUIRE(first != nullptr);
  CHECK(flights.begin("b", 1) == nullptr);
  CHECK_FALSE(flights.has("b"));
  CHECK(flights.begin("b", 0) == nullptr);
  CHECK(flights.refreshes() == 1);
  flights.land(*first, {}, {});
  CHECK(flights.refreshes() == 0);
  CHECK(flights.begin("b", 1) != nullptr);
}

}  // namespace
}  // namespace larder::server

#include "server/client_seats.h"

#include "tests/support/catch.h"

using namespace larder::server;

namespace {

Endpoint at(const char* address) { return *Endpoint::parse(address); }

}  // namespace

TEST_CASE("A client has so many seats and no more, and one again when another is left") {
  ClientSeats seats(2);
  auto first = seats.take(at("192.0.2.1"));
  const auto second = seats.take(at("192.0.2.1"));
  CHECK(first);
  CHECK(second);
  CHECK_FALSE(seats.take(at("192.0.2.1")));
  CHECK(seats.take(at("192.0.2.2")));
  first.reset();
  CHECK(seats.take(at("192.0.2.1")));
}

TEST_CASE("Who is gone is forgotten, and a seat that was moved is left once") {
  ClientSeats seats(2);
  {
    auto seat = seats.take(at("192.0.2.1"));
    REQUIRE(seat);
    ClientSeats::Seat moved = *std::move(seat);
    ClientSeats::Seat other;
    other = std::move(moved);
    CHECK(seats.clients() == 1);
  }
  CHECK(seats.clients() == 0);
}

TEST_CASE("Of IPv6 a /64 is one client, and IPv4 is another one than IPv6") {
  CHECK(client_id(at("2001:db8::1")) == client_id(at("2001:db8::ffff:1")));
  CHECK(client_id(at("2001:db8::1")) != client_id(at("2001:db8:0:1::1")));
  CHECK(client_id(at("0.0.0.0")) != client_id(at("::")));
}

TEST_CASE("Who is exempt, or came by a Unix socket, is not counted") {
  ClientSeats seats(1);
  seats.exempt({*Network::parse("192.0.2.0/24")});
  Endpoint local;
  local.family = Endpoint::Family::unix_socket;
  std::vector<ClientSeats::Seat> many;
  for (int i = 0; i < 10; ++i) {
    many.push_back(seats.take(at("192.0.2.9")).value());
    many.push_back(seats.take(local).value());
  }
  CHECK(seats.clients() == 0);
}

TEST_CASE("Who becomes exempt while he has seats leaves them as he took them") {
  ClientSeats seats(1);
  auto seat = seats.take(at("192.0.2.1"));
  seats.exempt({*Network::parse("192.0.2.1")});
  seat.reset();
  CHECK(seats.clients() == 0);
}

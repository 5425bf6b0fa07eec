#include "server/client_rates.h"

#include "tests/support/catch.h"

using namespace larder;
using namespace larder::server;

namespace {

Endpoint at(const std::string& address) { return *Endpoint::parse(address); }

int allowed(ClientRates& rates, const std::string& client, unsigned rate, Millis now) {
  int count = 0;
  while (count < 1'000 && rates.allow(at(client), rate, now)) ++count;
  return count;
}

}  // namespace

TEST_CASE("What two seconds allow may come at once, and then as much as time gives") {
  ClientRates rates(1);
  CHECK(allowed(rates, "192.0.2.1", 10, 1'000) == 20);
  CHECK(allowed(rates, "192.0.2.1", 10, 1'099) == 0);
  CHECK(allowed(rates, "192.0.2.1", 10, 1'100) == 1);
  CHECK(allowed(rates, "192.0.2.1", 10, 1'600) == 5);
  CHECK(allowed(rates, "192.0.2.1", 10, 100'000) == 20);
}

TEST_CASE("Clients do not share a rate, but for the few that share a bucket") {
  ClientRates rates(1);
  CHECK(allowed(rates, "192.0.2.1", 1, 5'000) == 2);
  int hurt = 0;
  for (int i = 2; i < 250; ++i) hurt += allowed(rates, "192.0.2." + std::to_string(i), 1, 5'000) != 2;
  CHECK(hurt < 30);
}

TEST_CASE("What is refused costs nothing: who goes on asking gets his rate all the same") {
  ClientRates rates(1);
  int got = 0;
  for (Millis now = 0; now < 60'000; now += 10) got += rates.allow(at("2001:db8::1"), 5, now);
  CHECK(got >= 300);
  CHECK(got <= 311);
}

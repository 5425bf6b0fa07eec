#include "server/body_pace.h"

#include "tests/support/catch.h"

using larder::server::BodyPace;

TEST_CASE("A body may lag its grace behind the least rate") {
  BodyPace pace(20'000, 4096, 1'000);
  CHECK(pace.deadline() == 21'000);
  pace.took(4096);
  CHECK(pace.deadline() == 22'000);
  pace.took(8192);
  CHECK(pace.deadline() == 24'000);
}

TEST_CASE("Time in which the body waited for us is given back") {
  BodyPace pace(20'000, 4096, 1'000);
  pace.hold(5'000);
  pace.hold(6'000);  // still the same wait
  pace.go_on(9'000);
  CHECK(pace.deadline() == 25'000);
  pace.go_on(12'000);  // it did not wait
  CHECK(pace.deadline() == 25'000);
}

TEST_CASE("A large body does not overflow its deadline") {
  BodyPace pace(0, 1, 0);
  pace.took(std::size_t{1} << 31);
  pace.took(std::size_t{1} << 31);
  CHECK(pace.deadline() == (larder::Millis{1} << 32) * 1000);
}

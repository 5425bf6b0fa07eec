#include "server/duty.h"

#include "tests/support/catch.h"

using larder::server::Duty;

TEST_CASE("A drained Larder is ready again when it is told so") {
  Duty duty;
  CHECK(duty.ready());
  CHECK(duty.drain());
  CHECK_FALSE(duty.drain());
  CHECK_FALSE(duty.ready());
  CHECK(duty.resume());
  CHECK_FALSE(duty.resume());
  CHECK(duty.ready());
}

TEST_CASE("A Larder that leaves is not brought back") {
  Duty duty;
  duty.leave();
  CHECK_FALSE(duty.ready());
  duty.resume();
  CHECK_FALSE(duty.ready());
  CHECK(duty.name() == std::string("draining"));
}

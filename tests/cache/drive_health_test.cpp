#include "cache/drive_health.h"

#include "tests/support/catch.h"

namespace larder::cache {
namespace {

TEST_CASE("A drive that fails is left alone for longer each time, up to a minute") {
  DriveHealth health;
  Millis now = 5'000;
  CHECK(health.may_try(now));
  CHECK(health.failed(now));
  for (const Millis pause : {1'000, 2'000, 4'000, 8'000, 16'000, 32'000, 60'000, 60'000}) {
    CHECK_FALSE(health.may_try(now + pause - 1));
    now += pause;
    CHECK(health.may_try(now));
    CHECK_FALSE(health.failed(now));
  }
}

TEST_CASE("News is told once, and the pauses begin short again") {
  DriveHealth health;
  CHECK_FALSE(health.worked());
  CHECK(health.failed(0));
  CHECK_FALSE(health.failed(1'000));
  CHECK(health.worked());
  CHECK_FALSE(health.worked());
  CHECK_FALSE(health.failing());
  CHECK(health.failed(2'000));
  CHECK(health.may_try(3'000));
}

}  // namespace
}  // namespace larder::cache

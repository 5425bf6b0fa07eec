#include "cache/drive_health.h"

#include "tests/support/catch.h"

namespace larder::cache {
namespace {

DriveHealth well() {
  DriveHealth health;
  health.opened();
  health.recovered();
  return health;
}

TEST_CASE("A drive is absent until it is opened, recovers, and can be written") {
  DriveHealth health;
  CHECK(health.state() == DriveState::absent);
  CHECK(health.should_open(0));
  CHECK_FALSE(health.may_read());
  health.opened();
  CHECK(health.state() == DriveState::recovering);
  CHECK_FALSE(health.should_open(100));
  CHECK(health.may_read());
  CHECK(health.may_write(0));
  health.recovered();
  CHECK(health.state() == DriveState::read_write);
}

TEST_CASE("A drive that is not there is looked for after pauses that double up to fifteen seconds") {
  DriveHealth health;
  Millis now = 0;
  for (const Millis pause : {1'000, 2'000, 4'000, 8'000, 15'000, 15'000}) {
    health.open_failed(now);
    CHECK_FALSE(health.should_open(now + pause - 1));
    now += pause;
    CHECK(health.should_open(now));
    CHECK(health.state() == DriveState::absent);
  }
}

TEST_CASE("One failed write is tried again at once, two in a row make the drive read only") {
  DriveHealth health = well();
  health.write_failed(100);
  CHECK(health.state() == DriveState::read_write);
  CHECK(health.may_write(100));
  health.write_failed(100);
  CHECK(health.state() == DriveState::read_only);
  CHECK(health.may_read());
  CHECK_FALSE(health.may_write(1'099));
  CHECK(health.may_write(1'100));
  CHECK(health.state() == DriveState::read_only);  // until a write has worked
}

TEST_CASE("The pause doubles from one second to one minute, and a success ends it") {
  DriveHealth health = well();
  health.write_failed(0);
  Millis now = 0;
  for (const Millis pause : {1'000, 2'000, 4'000, 8'000, 16'000, 32'000, 60'000, 60'000}) {
    health.write_failed(now);
    CHECK_FALSE(health.may_write(now + pause - 1));
    now += pause;
    CHECK(health.may_write(now));
  }
  health.write_worked();
  CHECK(health.state() == DriveState::read_write);
  health.write_failed(now);
  CHECK(health.may_write(now));
}

TEST_CASE("A failed read makes the drive suspect: nothing is read or written until one has worked") {
  DriveHealth health = well();
  health.read_failed(0);
  CHECK(health.state() == DriveState::suspect);
  CHECK_FALSE(health.may_read());
  CHECK_FALSE(health.may_write(0));
  health.read_worked();
  CHECK(health.state() == DriveState::read_write);
  CHECK(health.may_read());
}

TEST_CASE("A drive that was suspect for a minute is given up, however often it failed meanwhile") {
  DriveHealth health = well();
  health.read_failed(0);
  health.read_failed(50'000);
  CHECK_FALSE(health.given_up(59'999));
  CHECK(health.given_up(60'000));
  health.lost(60'000);
  CHECK(health.state() == DriveState::offline);
  CHECK_FALSE(health.may_read());
  CHECK_FALSE(health.should_open(60'999));
  CHECK(health.should_open(61'000));
}

TEST_CASE("A drive that comes back begins with a clean record") {
  DriveHealth health = well();
  for (int i = 0; i < 9; ++i) health.write_failed(0);
  health.read_failed(0);
  health.lost(60'000);
  health.opened();
  CHECK(health.state() == DriveState::recovering);
  CHECK(health.may_write(60'000));
  health.write_failed(60'000);
  CHECK(health.may_write(60'000));
}

TEST_CASE("Suspicion hides that the drive recovers or is read only, and then shows it again") {
  DriveHealth health;
  health.opened();
  health.read_failed(0);
  CHECK(health.state() == DriveState::suspect);
  health.read_worked();
  CHECK(health.state() == DriveState::recovering);
  health.recovered();
  health.write_failed(0);
  health.write_failed(0);
  health.read_failed(0);
  CHECK(health.state() == DriveState::suspect);
  health.read_worked();
  CHECK(health.state() == DriveState::read_only);
}

TEST_CASE("Nothing about a drive that is not there makes it suspect") {
  DriveHealth health;
  health.read_failed(0);
  CHECK(health.state() == DriveState::absent);
  health.opened();
  CHECK(health.state() == DriveState::recovering);
}

}  // namespace
}  // namespace larder::cache

#include "arm/clock_status.h"

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace larder::arm {
namespace {

TEST_CASE("A clock that the network has set is right") {
  const testing::TempDir board;
  board.write("proc/device-tree/model", "Raspberry Pi 3 Model B Rev 1.2");
  CHECK(is_clock_right(board.path(), false));
  CHECK_FALSE(is_clock_right(board.path(), true));
  board.write("run/systemd/timesync/synchronized", "");
  CHECK(is_clock_right(board.path(), true));
}

TEST_CASE("So is that of a machine with a clock of its own, and of one that is no board") {
  const testing::TempDir board, machine;
  board.write("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0");
  board.write("sys/class/rtc/rtc0/name", "rpi-rtc");
  CHECK(is_clock_right(board.path(), true));
  CHECK(is_clock_right(machine.path(), true));
}

}  // namespace
}  // namespace larder::arm

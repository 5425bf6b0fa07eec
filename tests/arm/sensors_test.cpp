#include "arm/sensors.h"

#include "tests/support/boards.h"
#include "tests/support/catch.h"

using namespace larder::arm;
using namespace larder::testing;

namespace {

SensorReading reading_of(const BoardFiles& board) { return Sensors(board.root()).read(); }

constexpr std::string_view kThrottled = "sys/devices/platform/soc/soc:firmware/get_throttled";

}  // namespace

TEST_CASE("A healthy board is warm, and nothing slows it down") {
  const SensorReading reading = reading_of(StockPi());
  CHECK(reading.temperature == Approx(48.312));
  CHECK_FALSE(reading.throttled);
  CHECK_FALSE(reading.under_voltage);
  CHECK(reading.was_throttled == false);
  CHECK(reading.was_under_voltage == false);
}

TEST_CASE("A weak power supply is seen by the driver alone") {
  const NewStockPi4 board;
  CHECK_FALSE(reading_of(board).under_voltage);
  CHECK_FALSE(reading_of(board).was_under_voltage);  // nobody remembers
  board.write("sys/class/hwmon/hwmon2/in0_lcrit_alarm", "1\n");
  CHECK(reading_of(board).under_voltage);
}

TEST_CASE("Each bit of the firmware means what its manual says") {
  const TunedPi board;
  const auto with = [&](std::string_view bits) {
    board.write(kThrottled, bits);
    return reading_of(board);
  };
  CHECK(with("1\n").under_voltage);
  CHECK_FALSE(with("1\n").throttled);
  CHECK(with("2\n").throttled);
  CHECK(with("4\n").throttled);
  CHECK(with("8\n").throttled);
  CHECK(with("50005\n").under_voltage);
  CHECK(with("50005\n").throttled);
  CHECK(with("50000\n").was_under_voltage == true);
  CHECK(with("50000\n").was_throttled == true);
  CHECK_FALSE(with("50000\n").throttled);
  CHECK(with("0x80000\n").was_throttled == true);
  CHECK(with("throttled=0x1\n").under_voltage);
}

TEST_CASE("Without the firmware's word a full clock that is not reached means throttled; an idle one does not") {
  const StockPi board;
  board.remove(kThrottled);
  CHECK_FALSE(reading_of(board).throttled);  // ondemand: 600 MHz is idle
  board.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
  CHECK(reading_of(board).throttled);
  board.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "1199000\n");
  CHECK_FALSE(reading_of(board).throttled);
}

TEST_CASE("A sensor that is missing or says nonsense says nothing") {
  const TempDir empty;
  CHECK_FALSE(Sensors(empty.path()).read().temperature);
  const StockPi board;
  for (const char* text : {"", "hot\n", "999999\n", "-300000\n"}) {
    board.write("sys/class/thermal/thermal_zone0/temp", text);
    CHECK_FALSE(reading_of(board).temperature);
  }
  board.set_temperature(-5'000);
  CHECK(reading_of(board).temperature == Approx(-5));
  for (const char* text : {"", "zz\n", "5 5\n", "99999999999\n"}) {
    board.write(kThrottled, text);
    CHECK_FALSE(reading_of(board).throttled);
    CHECK_FALSE(reading_of(board).was_throttled);
  }
}

// Sensors: heat, throttling and the power supply.
//
// Temperature from thermal_zone0. Under-voltage from the hwmon driver rpi_volt; with throttling and both their
// histories from the firmware's get_throttled; without either a processor that should always run at its full clock and
// does not is throttled. Nothing fails: what the board has not got is never reported.
// Threads: one at a time. Source: Documentation of the Raspberry Pi, "vcgencmd get_throttled".
#pragma once

#include <optional>
#include <string>

namespace larder::arm {

struct SensorReading {
  std::optional<double> temperature;  // degrees Celsius
  bool throttled = false, under_voltage = false;
  // Since the board started; none when nobody remembers.
  std::optional<bool> was_throttled, was_under_voltage;
};

class Sensors {
 public:
  explicit Sensors(std::string root = "");  // stands before /sys

  SensorReading read() const;

 private:
  void read_firmware(SensorReading& reading) const;

  const std::string root_;
  std::string low_voltage_alarm_;  // the file in0_lcrit_alarm of rpi_volt; empty: none
};

}  // namespace larder::arm

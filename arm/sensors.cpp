#include "arm/sensors.h"

#include <charconv>
#include <filesystem>
#include <utility>

#include "arm/text_file.h"

namespace larder::arm {
namespace {

namespace fs = std::filesystem;

// Bits of get_throttled.
constexpr unsigned kUnderVoltage = 1U << 0, kCapped = 1U << 1, kThrottled = 1U << 2, kSoftLimit = 1U << 3;
constexpr unsigned kHistory = 16;  // the same bits, since start

std::optional<double> temperature_in(const std::string& text) {
  const std::string_view digits = trimmed(text);
  int millidegrees = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), millidegrees);
  constexpr int kColdest = -60'000, kHottest = 200'000;  // beyond that the sensor is broken
  if (parsed.ec != std::errc{} || millidegrees < kColdest || millidegrees > kHottest) return std::nullopt;
  return millidegrees / 1000.0;
}

// "50005", or "0x50005"; none when the text is no such number.
std::optional<unsigned> throttle_bits(const std::string& text) {
  std::string_view digits = trimmed(text);
  if (digits.starts_with("throttled=")) digits.remove_prefix(10);
  if (digits.starts_with("0x")) digits.remove_prefix(2);
  unsigned bits = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), bits, 16);
  const bool whole = parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size();
  return whole ? std::optional(bits) : std::nullopt;
}

std::string find_low_voltage_alarm(const std::string& root) {
  std::error_code ignored;
  for (fs::directory_iterator at(root + "/sys/class/hwmon", ignored), end; at != end; at.increment(ignored)) {
    if (ignored) break;
    const std::string folder = at->path().string();
    if (trimmed(read_text(folder + "/name")) == "rpi_volt") return folder + "/in0_lcrit_alarm";
  }
  return {};
}

// With the governor "performance" the clock is always at its highest unless something holds it down.
bool clock_held_down(const std::string& root) {
  const std::string folder = root + "/sys/devices/system/cpu/cpu0/cpufreq";
  if (trimmed(read_text(folder + "/scaling_governor")) != "performance") return false;
  const auto now = number_at_start(read_text(folder + "/scaling_cur_freq"));
  const auto highest = number_at_start(read_text(folder + "/cpuinfo_max_freq"));
  constexpr std::uint64_t kHighest = 100'000'000;  // kHz
  return now && highest && *highest < kHighest && *now < *highest / 100 * 95;
}

}  // namespace

Sensors::Sensors(std::string root) : root_(std::move(root)), low_voltage_alarm_(find_low_voltage_alarm(root_)) {}

SensorReading Sensors::read() const {
  SensorReading reading;
  reading.temperature = temperature_in(read_text(root_ + "/sys/class/thermal/thermal_zone0/temp"));
  if (!low_voltage_alarm_.empty()) reading.under_voltage = trimmed(read_text(low_voltage_alarm_)) == "1";
  read_firmware(reading);
  return reading;
}

void Sensors::read_firmware(SensorReading& reading) const {
  const auto bits = throttle_bits(read_text(root_ + "/sys/devices/platform/soc/soc:firmware/get_throttled"));
  if (!bits) {
    reading.throttled = clock_held_down(root_);
    return;
  }
  constexpr unsigned kSlow = kCapped | kThrottled | kSoftLimit;
  reading.under_voltage = reading.under_voltage || (*bits & kUnderVoltage) != 0;
  reading.throttled = (*bits & kSlow) != 0;
  reading.was_under_voltage = (*bits >> kHistory & kUnderVoltage) != 0;
  reading.was_throttled = (*bits >> kHistory & kSlow) != 0;
}

}  // namespace larder::arm

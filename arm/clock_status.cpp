#include "arm/clock_status.h"

#include <sys/timex.h>
#include <unistd.h>

#include <filesystem>

namespace larder::arm {
namespace {

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

bool has_clock_of_its_own(const std::string& root) {
  std::error_code failed;
  const std::filesystem::directory_iterator clocks(root + "/sys/class/rtc", failed);
  return !failed && clocks != std::filesystem::directory_iterator();
}

}  // namespace

// Only boards are described by a device tree; other machines, virtual ones too, have a clock even if nobody sees it.
bool is_clock_right(const std::string& root, bool unsynchronised) {
  if (!unsynchronised || exists(root + "/run/systemd/timesync/synchronized")) return true;
  return has_clock_of_its_own(root) || !exists(root + "/proc/device-tree/model");
}

bool is_clock_right() {
  timex state{};
  const bool asked = ::adjtimex(&state) >= 0;
  return is_clock_right("", !asked || (state.status & STA_UNSYNC) != 0);
}

}  // namespace larder::arm

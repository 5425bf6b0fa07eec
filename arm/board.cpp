#include "arm/board.h"

#include <sched.h>
#include <unistd.h>

#include <array>

#include "arm/text_file.h"

namespace larder::arm {

std::string board_model(const std::string& device_tree) {
  std::string model(trimmed(read_text(device_tree + "/model")));
  // "Raspberry Pi 3 Model B Rev 1.2" -> "Raspberry Pi 3"; "Raspberry Pi Zero 2 W Rev 1.0" -> "Raspberry Pi Zero 2 W".
  for (const char* detail : {" Model", " Rev"})
    if (const auto at = model.find(detail); at != std::string::npos) model.resize(at);
  return model;
}

std::string default_served_by(const std::string& device_tree) {
  if (std::string model = board_model(device_tree); !model.empty()) return model;
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "larder";
  return name.data();
}

unsigned core_count() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  const int count = CPU_COUNT(&set);
  return count > 0 ? static_cast<unsigned>(count) : 1;
}

unsigned long long memory_total(const std::string& meminfo) {
  return number_of(read_text(meminfo), "MemTotal").value_or(0) * 1024;
}

}  // namespace larder::arm

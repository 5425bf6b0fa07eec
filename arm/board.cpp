#include "arm/board.h"

#include <sched.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>

namespace larder::arm {
namespace {

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::string board_model(const std::string& device_tree) {
  std::string model = read_text(device_tree + "/model");
  while (!model.empty() && (model.back() == '\0' || model.back() == '\n')) model.pop_back();
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
  std::ifstream file(meminfo);
  std::string label;
  unsigned long long kibibytes = 0;
  while (file >> label) {
    if (label == "MemTotal:" && file >> kibibytes) return kibibytes * 1024;
    file.ignore(256, '\n');
  }
  return 0;
}

}  // namespace larder::arm

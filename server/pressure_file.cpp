#include "server/pressure_file.h"

#include <fcntl.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "arm/text_file.h"
#include "base/unique_fd.h"
#include "server/runtime_dir.h"

namespace larder::server {
namespace {

namespace fs = std::filesystem;
using governor::Pressure;

std::optional<Pressure> pressure_in(const std::string& file) {
  const std::string text = arm::read_text(file);
  for (const Pressure pressure : {Pressure::green, Pressure::yellow, Pressure::orange, Pressure::red})
    if (arm::trimmed(text) == governor::name_of(pressure)) return pressure;
  return std::nullopt;
}

}  // namespace

Status write_pressure_file(const std::string& runtime_dir, Pressure pressure) {
  const std::string path = runtime_dir + "/pressure", fresh = path + ".new";
  {
    const UniqueFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!file) return system_error("create " + fresh);
    const std::string text = std::string(governor::name_of(pressure)) + "\n";
    if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      return system_error("write " + fresh);
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return system_error("rename " + fresh);
  return Done{};
}

std::optional<Pressure> read_pressure_files(const std::vector<std::string>& places) {
  std::optional<Pressure> highest;
  for (const std::string& place : places) {
    std::error_code failed;
    for (fs::directory_iterator at(place, failed), end; !failed && at != end; at.increment(failed)) {
      if (!RuntimeDir::is_of_living(at->path().filename().string())) continue;
      const auto pressure = pressure_in((at->path() / "pressure").string());
      if (pressure) highest = std::max(highest.value_or(*pressure), *pressure);
    }
  }
  return highest;
}

}  // namespace larder::server

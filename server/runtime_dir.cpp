#include "server/runtime_dir.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "server/environment.h"

namespace larder::server {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kPrefix = "larder-";

// The process of "larder-123".
std::optional<pid_t> owner_of(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  pid_t pid = 0;
  const char* end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + kPrefix.size(), end, pid);
  return parsed.ec == std::errc{} && parsed.ptr == end && pid > 0 ? std::optional(pid) : std::nullopt;
}

bool lives(pid_t pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

bool is_left_over(const fs::path& path) {
  const auto owner = owner_of(path.filename().string());
  return owner && !lives(*owner);
}

void remove_left_overs(const std::string& place) {
  std::error_code ignored;
  for (fs::directory_iterator at(place, ignored), end; at != end; at.increment(ignored)) {
    struct stat status {};
    if (is_left_over(at->path()) && ::lstat(at->path().c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
        status.st_uid == ::geteuid())
      fs::remove_all(at->path(), ignored);
    if (ignored) return;
  }
}

// Where one may be made, in this order of preference.
std::vector<std::string> candidates(const std::string& root) {
  std::vector<std::string> places;
  const auto add_variable = [&](const char* name) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') places.emplace_back(value);
  };
  add_variable("RUNTIME_DIRECTORY");
  places.push_back(root + "/run");
  add_variable("XDG_RUNTIME_DIR");
  places.push_back(root + "/tmp");
  return places;
}

}  // namespace

std::vector<std::string> RuntimeDir::places() {
  std::vector<std::string> places = candidates(board_root());
  const std::string of_service = board_root() + "/run/larder";  // RuntimeDirectory= of the unit, for others than it
  if (std::find(places.begin(), places.end(), of_service) == places.end()) places.push_back(of_service);
  return places;
}

bool RuntimeDir::is_of_living(std::string_view name) {
  const auto owner = owner_of(name);
  return owner && lives(*owner);
}

Result<RuntimeDir> RuntimeDir::create() {
  Error last{"no place for sockets", ENOENT};
  for (const std::string& place : candidates("")) {
    remove_left_overs(place);
    const std::string path = place + '/' + std::string(kPrefix) + std::to_string(::getpid());
    // 0711: the PHP workers, another user, reach their socket but cannot look around.
    if (::mkdir(path.c_str(), 0711) == 0) return RuntimeDir(path);
    last = system_error("create " + path);
  }
  return last;
}

RuntimeDir::~RuntimeDir() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace larder::server

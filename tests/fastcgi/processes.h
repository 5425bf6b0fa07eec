// Looking at processes that are not the test's own children.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace larder::fastcgi::testing {

struct ProcessState {
  char state = 0;  // 0: there is none; Z: it has ended
  pid_t parent = 0, group = 0;
};

inline ProcessState process_state(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');  // the name may contain anything
  if (name_end == std::string::npos) return {};
  ProcessState found;
  std::istringstream(line.substr(name_end + 1)) >> found.state >> found.parent >> found.group;
  return found;
}

inline bool is_alive(pid_t pid) {
  const char state = process_state(pid).state;
  return state != 0 && state != 'Z' && state != 'X';
}

// Living processes of a group.
inline std::vector<pid_t> group_members(pid_t group) {
  std::vector<pid_t> members;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const pid_t pid = static_cast<pid_t>(std::stol(name));
    if (process_state(pid).group == group && is_alive(pid)) members.push_back(pid);
  }
  return members;
}

}  // namespace larder::fastcgi::testing

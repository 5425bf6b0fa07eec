#include "tests/support/process_tree.h"

#include <charconv>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>

#include "tests/support/temp_dir.h"

namespace larder::testing {
namespace {

struct ProcessStat {
  char state = 'X';
  pid_t parent = 0;
};

// Fields 3 and 4; the second, in brackets, may hold anything.
std::optional<ProcessStat> read_stat(pid_t pid) {
  const std::string text = read_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t bracket = text.rfind(')');
  if (bracket == std::string::npos) return std::nullopt;
  ProcessStat stat;
  std::istringstream(text.substr(bracket + 1)) >> stat.state >> stat.parent;
  return stat;
}

bool lives(const std::optional<ProcessStat>& stat) { return stat && stat->state != 'Z' && stat->state != 'X'; }

}  // namespace

bool is_alive(pid_t pid) { return lives(read_stat(pid)); }

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr != name.data() + name.size()) continue;
    const std::optional<ProcessStat> stat = read_stat(pid);
    if (lives(stat) && stat->parent == parent) children.push_back(pid);
  }
  return children;
}

}  // namespace larder::testing

#include "arm/memory_pressure.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "arm/text_file.h"

namespace larder::arm {
namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kUnlimited = std::uint64_t{1} << 60;  // version 1 says a number near 2^63 instead of "max"

std::uint64_t limit_of(const std::string& group, bool version_1) {
  const auto in = [&](const char* file) { return number_at_start(read_text(group + file)).value_or(kUnlimited); };
  if (version_1) return in("/memory.limit_in_bytes");
  return std::min(in("/memory.max"), in("/memory.high"));  // above "high" everything is slowed down
}

// "avg10=1.25"
std::optional<double> average(std::string_view line) {
  constexpr std::string_view kName = "avg10=";
  const auto at = line.find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  line.remove_prefix(at + kName.size());
  double percent = 0;
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), percent, std::chars_format::fixed);
  if (parsed.ec != std::errc{} || !(percent >= 0 && percent <= 100)) return std::nullopt;
  return percent;
}

}  // namespace

void parse_meminfo(std::string_view text, MemoryReading& reading) {
  const auto total = number_of(text, "MemTotal"), available = number_of(text, "MemAvailable");
  if (!total || !available || *total == 0 || *total > kUnlimited / kKiB) return;
  reading.total = *total * kKiB;
  reading.available = std::min(*available, *total) * kKiB;
}

void parse_vmstat(std::string_view text, MemoryReading& reading) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const std::string_view name = next_word(line);
    if (name.empty() || (name[0] != 'p' && name[0] != 'a' && name[0] != 'w')) continue;
    const auto to = [&]() -> std::uint64_t* {
      if (name == "pswpout") return &reading.swapped_out;
      if (name == "pgmajfault") return &reading.major_faults;
      if (name.starts_with("allocstall")) return &reading.stalls;            // one a zone since Linux 4.10
      if (name.starts_with("workingset_refault")) return &reading.refaults;  // file and anon since 5.9
      return nullptr;
    }();
    if (to != nullptr) *to += number_at_start(line).value_or(0);
  }
}

void parse_pressure(std::string_view text, MemoryReading& reading) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const std::string_view name = next_word(line);
    if (name != "some" && name != "full") continue;
    std::optional<double>& to = name == "some" ? reading.stalled_some : reading.stalled_full;
    if (const auto percent = average(line)) to = std::max(to.value_or(0), *percent);
  }
}

void take_group(std::uint64_t limit, std::uint64_t used, std::string_view stat, MemoryReading& reading) {
  if (limit == 0 || limit >= kUnlimited) return;
  const auto of = [&](std::string_view version_2, std::string_view version_1) {
    const auto total = number_of(stat, version_1);  // with the groups below it
    return total ? *total : number_of(stat, version_2).value_or(0);
  };
  const std::uint64_t files = of("inactive_file", "total_inactive_file") + of("active_file", "total_active_file") +
                              number_of(stat, "slab_reclaimable").value_or(0);
  const std::uint64_t needed = used - std::min(used, files);
  const MemoryReading group{.total = limit, .available = limit - std::min(limit, needed)};
  if (reading.total != 0 && reading.available_percent() <= group.available_percent()) return;
  reading.total = group.total;
  reading.available = group.available;
}

MemoryPressure::MemoryPressure(std::string root) : root_(std::move(root)) { find_groups(); }

// "0::/system.slice/larder.service", or in version 1 "4:memory:/larder".
void MemoryPressure::find_groups() {
  const std::string text = read_text(root_ + "/proc/self/cgroup");
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = next_line(rest);
    const auto first = line.find(':');
    const auto second = line.find(':', first == std::string_view::npos ? first : first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
    if (controllers.empty()) {
      add_with_parents(root_ + "/sys/fs/cgroup", path, false);
      const std::string own = root_ + "/sys/fs/cgroup" + std::string(path) + "/memory.pressure";
      if (!read_text(own).empty()) own_pressure_ = own;
    }
    if (controllers == "memory") add_with_parents(root_ + "/sys/fs/cgroup/memory", path, true);
  }
}

// A group's parents limit it too. What lies above a namespace is not to be seen, and does not matter to find.
void MemoryPressure::add_with_parents(std::string base, std::string_view path, bool version_1) {
  for (;;) {
    while (path.ends_with('/')) path.remove_suffix(1);
    Group group{base + std::string(path), version_1};
    if (limit_of(group.path, version_1) < kUnlimited) groups_.push_back(std::move(group));
    if (path.empty()) return;
    path = path.substr(0, path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/'));
  }
}

// The group with less than `bytes`, which it lowers; none: the board has least.
const MemoryPressure::Group* MemoryPressure::tightest(std::uint64_t& bytes) const {
  const Group* found = nullptr;
  for (const Group& group : groups_) {
    const std::uint64_t limit = limit_of(group.path, group.version_1);
    if (bytes != 0 && limit >= bytes) continue;
    bytes = limit;
    found = &group;
  }
  return found;
}

MemoryPressure::Limit MemoryPressure::limit() const {
  MemoryReading board;
  parse_meminfo(read_text(root_ + "/proc/meminfo"), board);
  Limit limit{.bytes = board.total};
  limit.of_group = tightest(limit.bytes) != nullptr;
  return limit;
}

std::uint64_t MemoryPressure::unwritten() const {
  const std::string meminfo = read_text(root_ + "/proc/meminfo");
  MemoryReading board;
  parse_meminfo(meminfo, board);
  const Group* const group = tightest(board.total);
  const auto sum = [](std::string_view text, std::string_view dirty, std::string_view being_written) {
    return number_of(text, dirty).value_or(0) + number_of(text, being_written).value_or(0);
  };
  if (group == nullptr) return sum(meminfo, "Dirty", "Writeback") * kKiB;
  const std::string stat = read_text(group->path + "/memory.stat");
  return group->version_1 ? sum(stat, "total_dirty", "total_writeback") : sum(stat, "file_dirty", "file_writeback");
}

MemoryReading MemoryPressure::read() const {
  MemoryReading reading;
  parse_meminfo(read_text(root_ + "/proc/meminfo"), reading);
  parse_vmstat(read_text(root_ + "/proc/vmstat"), reading);
  parse_pressure(read_text(root_ + "/proc/pressure/memory"), reading);
  if (!own_pressure_.empty()) parse_pressure(read_text(own_pressure_), reading);
  for (const Group& group : groups_) {
    const std::string used = read_text(group.path + (group.version_1 ? "/memory.usage_in_bytes" : "/memory.current"));
    if (const auto bytes = number_at_start(used))
      take_group(limit_of(group.path, group.version_1), *bytes, read_text(group.path + "/memory.stat"), reading);
  }
  return reading;
}

}  // namespace larder::arm

// MemoryPressure: how short of memory the board, or the group this process lives in, is.
//
// A stock Raspberry Pi OS has neither memory groups nor PSI, so MemAvailable and /proc/vmstat come first; what else is
// there is used. Of the board and of each group around us (version 2, or 1) the tightest counts. Nothing fails: a file
// that is missing leaves its values at "unknown". read() opens five small files: see the cost in arm/README.md.
// Threads: one at a time. Sources: proc(5), Documentation/admin-guide/cgroup-v2.rst, Documentation/accounting/psi.rst.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace larder::arm {

struct MemoryReading {
  std::uint64_t total = 0, available = 0;  // bytes; total 0: unknown
  // Counted since the board started.
  std::uint64_t swapped_out = 0;   // pages
  std::uint64_t stalls = 0;        // allocations that had to make room themselves
  std::uint64_t major_faults = 0;  // pages read because somebody touched them
  std::uint64_t refaults = 0;      // pages read again soon after they were given up
  // Percent of the last ten seconds in which some task, or all, waited for memory; none without PSI.
  std::optional<double> stalled_some, stalled_full;

  double available_percent() const {  // 100 when unknown
    return total == 0 ? 100 : 100.0 * static_cast<double>(available) / static_cast<double>(total);
  }
};

class MemoryPressure {
 public:
  // `root` stands before /proc and /sys. Which groups have a limit is looked up here, once.
  explicit MemoryPressure(std::string root = "");

  MemoryReading read() const;

  // What this process and those beside it in its groups may take at most; MemTotal without groups.
  struct Limit {
    std::uint64_t bytes = 0;  // 0: unknown
    bool of_group = false;
  };
  Limit limit() const;

  // Bytes in memory that are not on a drive yet: of whomever limit() is of.
  std::uint64_t unwritten() const;

 private:
  struct Group {
    std::string path;
    bool version_1 = false;
  };

  const Group* tightest(std::uint64_t& bytes) const;
  void find_groups();
  void add_with_parents(std::string base, std::string_view path, bool version_1);

  const std::string root_;
  std::vector<Group> groups_;  // with a limit
  std::string own_pressure_;   // the file memory.pressure of our group; empty: none
};

// --- Pure
// -------------------------------------------------------------------------------------------------------------

void parse_meminfo(std::string_view text, MemoryReading& reading);
void parse_vmstat(std::string_view text, MemoryReading& reading);

// What is worse than what the reading has replaces it.
void parse_pressure(std::string_view text, MemoryReading& reading);

// Of a group: limit, use and what of that can be given up. Whichever is tighter, in percent, is kept.
void take_group(std::uint64_t limit, std::uint64_t used, std::string_view stat, MemoryReading& reading);

}  // namespace larder::arm

// Mounts: on which block device a path lies, and whether that is the SD card; where memory is swapped to.
//
// `root` stands before /proc and /sys. Nothing fails: what cannot be found out is empty. Sources: proc(5) (mountinfo,
// swaps), Documentation/admin-guide/blockdev/zram.rst.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace larder::arm {

struct Mount {
  std::string point, type, source, options;
  std::string device;  // the kernel's name of the block device ("mmcblk0p2"); empty: none, or not known
};

// All of them, in the order of mounting.
std::vector<Mount> mounts(const std::string& root = "");

// The mount that an absolute path lies on; the last of several at one place. An empty one when there is none.
Mount mount_of(const std::vector<Mount>& mounts, std::string_view path);

// SD cards, and the soldered ones of a Compute Module, which cannot even be exchanged.
bool is_card(std::string_view device);

struct SwapArea {
  std::string name;  // as /proc/swaps has it: a device or a file
  std::uint64_t bytes = 0, used = 0;
  std::string device;       // the block device that is written, for zram what it writes back to; empty: memory
  bool compressed = false;  // zram
  bool on_card() const { return is_card(device); }
};
std::vector<SwapArea> swap_areas(const std::string& root = "");

// --- Pure
// -------------------------------------------------------------------------------------------------------------

// Lines of mountinfo; `device` is left "179:2" there.
std::vector<Mount> parse_mountinfo(std::string_view text);
std::vector<SwapArea> parse_swaps(std::string_view text);
std::string unescaped(std::string_view text);  // "\040" is a blank

}  // namespace larder::arm

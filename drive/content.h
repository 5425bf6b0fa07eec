// Content: what lies on a block device, as blkid(8) sees it when it looks at the device itself.
//
// Not udev's memory of it, from which lsblk(8) takes its columns: that is a moment behind after every change, and a
// container has none. Pure. Source: blkid(8), "-p -o export".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "drive/command.h"

namespace larder::drive {

struct Content {
  std::string type;   // "ext4", "vfat", "swap", "LVM2_member" ...; empty: nothing that blkid knows
  std::string label;  // no control characters
  std::string uuid;
  std::string partitions;  // kind of the partition table: "dos", "gpt"; empty: none

  bool operator==(const Content&) const = default;
};

std::vector<std::string> blkid_command(const std::string& device);
Result<Content> parse_blkid(const Finished& blkid);

}  // namespace larder::drive

// BlockDevice: the drives of this machine, their partitions and what is made of those (LVM, encryption, RAID), as
// lsblk(8) shows them; and what may be concluded from that. Pure. lsblk of util-linux 2.37 (Debian 12) or later.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "drive/content.h"

namespace larder::drive {

struct BlockDevice {
  std::string path;        // /dev/sda1, /dev/dm-0: the kernel's own name
  std::string type;        // disk, part, loop, crypt, lvm ...
  std::string model, bus;  // empty when the kernel knows none, as of partitions
  std::uint64_t bytes = 0;
  bool read_only = false;
  std::vector<std::string> mounted_on;  // "[SWAP]" when memory is swapped to it
  Content content;                      // not from lsblk: whoever wants it asks blkid
  std::vector<BlockDevice> children;

  bool operator==(const BlockDevice&) const = default;
};

std::vector<std::string> lsblk_command();

// All drives. What is not as expected is an error: nobody erases a drive by guess.
Result<std::vector<BlockDevice>> parse_lsblk(std::string_view output);

// Anywhere in the trees; nullptr when it is not there.
const BlockDevice* find_device(const std::vector<BlockDevice>& devices, std::string_view path);

// Mount points of the device and of everything that lies on it.
std::vector<std::string> all_mounts(const BlockDevice& device);

// Where a part of the running system is mounted from the device or from what lies on it ("/boot/firmware", "[SWAP]");
// empty: nowhere.
std::string system_mount(const BlockDevice& device);

// The same of the whole drive that the device is a part of: a partition beside the system's is the system's drive.
std::string system_mount_of_drive(const std::vector<BlockDevice>& drives, std::string_view path);

// For the user: a heading and a table with one line for the device and each part of it.
std::string describe(const BlockDevice& device);

}  // namespace larder::drive

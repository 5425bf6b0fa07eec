// Setup: makes a drive ready for Larder: erased, formatted, mounted now and at every start, with folders and the ring.
//
// Safe to run again, after a whole run or after one that was cut off anywhere: the label is the last thing that
// formatting writes, so a drive that bears it is whole, and is never erased; everything after it is only added where it
// is missing. What could go wrong without anybody's fault is looked at before anything is erased.
// The whole drive becomes one ext4 file system without a partition table: it begins on the boundary of an erase unit
// wherever those lie, and there is one thing less that can differ.
// Threads: one. Sources: lsblk(8), wipefs(8), mke2fs(8), fstab(5), systemd.mount(5).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "drive/machine.h"

namespace larder::drive {

inline constexpr const char* kDefaultMountPoint = "/srv/larder";
inline constexpr const char* kLabel = "larder";

struct SetupOptions {
  std::string device;  // /dev/sda, /dev/sda1, /dev/disk/by-id/...
  std::string mount_point = kDefaultMountPoint;
  bool erase_unasked = false;

  // What the ini says now.
  std::string ini = "/etc/larder/larder.ini";
  std::uint64_t ring_bytes = 0;         // cache.size
  std::string cache_path;               // cache.path
  std::vector<std::string> site_roots;  // site.root of every site

  std::string user = "larder";  // to whom the folders belong
  std::string fstab = "/etc/fstab";
};

// An error says what was not done and what to do; whether anything was erased is in the words said before.
Status set_up_drive(const SetupOptions& options, Machine& machine);

}  // namespace larder::drive

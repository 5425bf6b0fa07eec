// RingPlace: where cache.path leads now: to the ring's file in a directory of a drive that is mounted, or to a block
// device, under whatever name the kernel gave it this time.
//
// Threads: one at a time. Opening waits for the drive.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "cache/device.h"
#include "cache/superblock.h"

namespace larder::cache {

// `path` is a directory, which is made when only its last part is missing, or a block device. `last`: the ring that was
// there last time; a block device that is gone is looked for by it. An error when the drive is not there; a directory
// on a drive that /etc/fstab names is not there until that is mounted, lest the ring be begun on the SD card.
Result<std::unique_ptr<Device>> open_ring_place(const std::string& path, const std::optional<Uuid>& last);

// The parts, for tests.
Status check_mounted(const std::string& path, const std::string& fstab);
std::optional<std::string> find_block_device(const Uuid& uuid, const std::string& names, const std::string& nodes);

}  // namespace larder::cache

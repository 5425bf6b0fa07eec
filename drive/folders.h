// Folders of the drive: made so that each is either complete or not there, whenever power is lost or the program
// killed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/result.h"

namespace larder::drive {

struct Owner {
  uid_t user = 0;
  gid_t group = 0;
};

// One that is there is left as it is: its owner and mode may be somebody's choice. The parent must be root's alone.
Status make_folder(const std::string& path, Owner owner, mode_t mode);

// The ring of the page cache in `folder`, which belongs to `owner`; so does the ring. One that is there keeps its
// pages.
Status make_ring(const std::string& folder, std::uint64_t bytes, Owner owner);

// Everything that was written to the file system of `folder` is on the medium.
Status sync_drive(const std::string& folder);

}  // namespace larder::drive

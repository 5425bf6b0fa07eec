// TempFolder: where bodies that do not fit in memory go, Larder's own and those of PHP's uploads, under one name that
// stays the same for as long as Larder runs.
//
// The name is a link in the runtime directory: to "tmp" on the cache drive while that can be used, else to a folder in
// memory. Not the system's /tmp, which is on the SD card. PHP is told the name once and need not be told again when the
// drive goes or comes, though a worker remembers for two minutes where it led (realpath_cache_ttl). A cache on a block
// device, or none, has no folder: then it is the one in memory.
// Threads: lead() from one at a time, the others from any. lead() waits for the drive.
#pragma once

#include <string>

namespace larder::server {

class TempFolder {
 public:
  // `user`: whose the folders are to be, beside Larder's own when that is root; empty: Larder's. Leads to memory first.
  TempFolder(const std::string& runtime_dir, std::string cache_path, std::string user);

  const std::string& path() const { return path_; }
  void lead(bool to_drive);  // the drive is there; one that has no folder is taken as not there

 private:
  bool make(const std::string& folder) const;

  const std::string path_, in_memory_, cache_path_, user_;
};

}  // namespace larder::server

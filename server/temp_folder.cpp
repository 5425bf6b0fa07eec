#include "server/temp_folder.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <utility>

namespace larder::server {

TempFolder::TempFolder(const std::string& runtime_dir, std::string cache_path, std::string user)
    : path_(runtime_dir + "/tmp"),
      in_memory_(runtime_dir + "/tmp-in-memory"),
      cache_path_(std::move(cache_path)),
      user_(std::move(user)) {
  make(in_memory_);
  lead(false);
}

// The folder may be there already, of an earlier run. A link in its place is not taken: where else to write is not for a
// drive to say.
bool TempFolder::make(const std::string& folder) const {
  struct stat status {};
  ::mkdir(folder.c_str(), 0700);
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return false;
  const passwd* owner = user_.empty() ? nullptr : ::getpwnam(user_.c_str());
  return owner == nullptr || ::chown(folder.c_str(), owner->pw_uid, owner->pw_gid) == 0;
}

void TempFolder::lead(bool to_drive) {
  std::error_code error;
  std::string target = in_memory_;
  if (to_drive && !cache_path_.empty() && std::filesystem::is_directory(cache_path_, error)) {
    const auto folder = (std::filesystem::absolute(cache_path_, error) / "tmp").string();
    if (make(folder)) target = folder;
  }
  // Renamed over the old link, so that there is a link at any time.
  const std::string next = path_ + ".next";
  ::unlink(next.c_str());
  if (::symlink(target.c_str(), next.c_str()) == 0) std::rename(next.c_str(), path_.c_str());
}

}  // namespace larder::server

#include "drive/folders.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/counters.h"
#include "base/unique_fd.h"
#include "cache/page_store.h"

namespace larder::drive {
namespace {

Status give(int file, const std::string& path, Owner owner) {
  if (::fchown(file, owner.user, owner.group) != 0) return system_error("change the owner of " + path);
  return Done{};
}

bool has_bytes(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && status.st_size > 0;
}

// As the daemon will open it: what it would begin is begun here.
Status begin_ring(const std::string& folder, std::uint64_t bytes) {
  const SystemClock clock;
  Counters counters;
  const auto store =
      cache::PageStore::open({.path = folder, .ring_bytes = bytes}, clock, counters, [](Level, std::string_view) {});
  if (!store) return store.error();
  return Done{};
}

}  // namespace

Status make_folder(const std::string& path, Owner owner, mode_t mode) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return Done{};
    return Error{path + " is in the way: it is no folder", ENOTDIR};
  }
  const std::string unfinished = path + ".new";
  if (::mkdir(unfinished.c_str(), 0700) != 0 && errno != EEXIST) return system_error("make " + path);
  const UniqueFd folder(::open(unfinished.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) return system_error("open " + unfinished);
  if (auto given = give(folder.get(), unfinished, owner); !given) return given;
  if (::fchmod(folder.get(), mode) != 0) return system_error("change the mode of " + unfinished);
  if (::rename(unfinished.c_str(), path.c_str()) != 0) return system_error("make " + path);
  return Done{};
}

Status make_ring(const std::string& folder, std::uint64_t bytes, Owner owner) {
  const std::string path = folder + "/ring";
  if (!has_bytes(path))
    if (auto begun = begin_ring(folder, bytes); !begun) return begun;
  // The folder is the owner's, who could have put a link there.
  const UniqueFd ring(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!ring) return system_error("open " + path);
  return give(ring.get(), path, owner);
}

Status sync_drive(const std::string& folder) {
  const UniqueFd file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file || ::syncfs(file.get()) != 0) return system_error("sync " + folder);
  return Done{};
}

}  // namespace larder::drive

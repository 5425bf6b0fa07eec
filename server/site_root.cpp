#include "server/site_root.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include <climits>
#include <cstdlib>
#include <memory>

namespace larder::server {
namespace {

constexpr int kLook = O_PATH | O_CLOEXEC;
// O_NONBLOCK: should a FIFO have taken the file's place since we looked, opening it must not wait for a writer.
constexpr int kRead = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
// RESOLVE_BENEATH fails with EAGAIN when a ".." inside a link races with a rename: such a look-up is worth repeating.
constexpr int kRaceAttempts = 8;

Error lookup_error(std::string_view relative, int code) {
  return system_error("site file '" + std::string(relative) + "'", code);
}

// A descriptor, or a negated errno.
int open_beneath(int root, const std::string& path, int flags, std::uint64_t resolve) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = resolve;
  long fd = 0;
  do fd = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
  while (fd < 0 && errno == EINTR);
  return fd < 0 ? -errno : static_cast<int>(fd);
}

int open_at(int directory, const std::string& name, int flags) {
  int fd = 0;
  do fd = ::openat(directory, name.c_str(), flags | O_NOFOLLOW);
  while (fd < 0 && errno == EINTR);
  return fd < 0 ? -errno : fd;
}

int type_error(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return errno;
  return S_ISDIR(status.st_mode) ? 0 : S_ISLNK(status.st_mode) ? ELOOP : ENOTDIR;
}

// The walk for kernels and sandboxes without openat2: one component after the other, following nothing.
int walk_beneath(int root, std::string_view path, int flags) {
  UniqueFd held;
  int directory = root;
  while (true) {
    const auto name = path.substr(0, path.find('/'));
    path.remove_prefix(name.size());
    if (name == "..") return -EXDEV;
    const bool last = path.empty();
    UniqueFd next;
    const int fd = open_at(directory, name.empty() ? "." : std::string(name), last ? flags : kLook);
    if (fd < 0) return fd;
    next.reset(fd);
    if (!last) {
      if (const int error = type_error(fd)) return -error;
      path.remove_prefix(1);
    }
    held = std::move(next);
    directory = held.get();
    if (last) return held.release();
  }
}

int open_in_root(int root, const std::string& path, int flags, Wait wait) {
  constexpr std::uint64_t kConfined = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const bool may_wait = wait == Wait::allowed;
  int fd = -EAGAIN;
  for (int attempt = 0; fd == -EAGAIN && attempt < (may_wait ? kRaceAttempts : 1); ++attempt)
    fd = open_beneath(root, path, flags, kConfined | (may_wait ? 0U : RESOLVE_CACHED));
  const bool without_openat2 = fd == -ENOSYS || fd == -EPERM;             // EPERM: what some seccomp filters say
  if (!may_wait) return without_openat2 || fd == -EINVAL ? -EAGAIN : fd;  // EINVAL: Linux before 5.12
  if (without_openat2) return walk_beneath(root, path, flags);
  return fd == -EAGAIN ? -EACCES : fd;  // EAGAIN is the answer of Wait::never alone
}

int translated(int code) {
  if (code == ENAMETOOLONG) return ENOENT;  // no file has such a name
  if (code == ENXIO) return EACCES;         // a socket took the file's place
  return code;
}

}  // namespace

Result<SiteRoot> SiteRoot::open(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  if (!real) return system_error("site root '" + path + "'");
  UniqueFd fd(::open(real.get(), kLook | O_DIRECTORY));
  if (!fd) return system_error("site root '" + path + "'");
  return SiteRoot(real.get(), std::move(fd));
}

Result<Entry> SiteRoot::find(std::string_view relative, Wait wait) const {
  if (relative.find('\0') != std::string_view::npos) return lookup_error(relative, ENOENT);
  if (relative.starts_with('/')) return lookup_error(relative, EXDEV);
  const std::string path(relative.empty() ? "." : relative);
  Entry entry;
  // First a look that opens nothing: opening a device or a FIFO has effects.
  const int looked = open_in_root(fd_.get(), path, kLook, wait);
  if (looked < 0) return lookup_error(relative, translated(-looked));
  entry.fd.reset(looked);
  if (::fstat(entry.fd.get(), &entry.stat) != 0) return lookup_error(relative, errno);
  if (entry.is_directory()) return Result<Entry>(std::move(entry));
  // With O_PATH | O_NOFOLLOW the walk without openat2 holds the link itself.
  if (!entry.is_file()) return lookup_error(relative, S_ISLNK(entry.stat.st_mode) ? ELOOP : EACCES);

  const int opened = open_in_root(fd_.get(), path, kRead, wait);
  if (opened < 0) return lookup_error(relative, translated(-opened));
  entry.fd.reset(opened);
  if (::fstat(entry.fd.get(), &entry.stat) != 0) return lookup_error(relative, errno);
  if (!entry.is_file()) return lookup_error(relative, EACCES);
  return Result<Entry>(std::move(entry));
}

}  // namespace larder::server

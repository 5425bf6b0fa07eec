#include "cache/read_only_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace larder::cache {

Result<std::unique_ptr<ReadOnlyFile>> ReadOnlyFile::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return system_error("open " + path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return system_error("open " + path);
  if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
    return Error{path + " is neither a file nor a block device", EINVAL};
  return std::unique_ptr<ReadOnlyFile>(new ReadOnlyFile(path, std::move(fd)));
}

Result<std::size_t> ReadOnlyFile::read(std::uint64_t offset, std::span<std::uint8_t> to) {
  ssize_t moved = 0;
  do moved = ::pread(fd_.get(), to.data(), to.size(), static_cast<off_t>(offset));
  while (moved < 0 && errno == EINTR);
  if (moved < 0) return system_error("read " + path_);
  return static_cast<std::size_t>(moved);
}

Result<std::size_t> ReadOnlyFile::write(std::uint64_t, std::span<const std::uint8_t>) {
  return system_error("write " + path_, EBADF);
}
Status ReadOnlyFile::sync() { return system_error("sync " + path_, EBADF); }
Status ReadOnlyFile::clear() { return system_error("truncate " + path_, EBADF); }

void ReadOnlyFile::forget(std::uint64_t offset, std::uint64_t bytes) const {
  ::posix_fadvise(fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(bytes), POSIX_FADV_DONTNEED);
}

Result<std::uint64_t> ReadOnlyFile::bytes() const {
  const off_t end = ::lseek(fd_.get(), 0, SEEK_END);
  if (end < 0) return system_error("size of " + path_);
  return static_cast<std::uint64_t>(end);
}

// proc_locks(5): "1: FLOCK  ADVISORY  WRITE 1234 fd:00:525 0 EOF". Trying the lock would tell too, and for that moment
// keep a daemon from starting.
pid_t ReadOnlyFile::holder() const {
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) return 0;
  const std::string wanted = fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), status.st_ino);
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, advisory, access, place;
    pid_t process = 0;
    if (words >> number >> kind >> advisory >> access >> process >> place)
      if (kind == "FLOCK" && access == "WRITE" && place == wanted) return process;
  }
  return 0;
}

}  // namespace larder::cache

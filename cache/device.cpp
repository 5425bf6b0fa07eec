#include "cache/device.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace larder::cache {

Result<std::size_t> read_fully(Device& device, std::uint64_t offset, std::span<std::uint8_t> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    auto moved = device.read(offset + done, to.subspan(done));
    if (!moved) return moved;
    if (*moved == 0) break;
    done += *moved;
  }
  return done;
}

Status write_fully(Device& device, std::uint64_t offset, std::span<const std::uint8_t> from) {
  while (!from.empty()) {
    auto moved = device.write(offset, from);
    if (!moved) return moved.error();
    // A drive that takes nothing and gives no reason would hold the writer for ever.
    if (*moved == 0) return Error{"the cache drive takes no more bytes", ENOSPC};
    offset += *moved;
    from = from.subspan(*moved);
  }
  return Done{};
}

Result<std::unique_ptr<FileDevice>> FileDevice::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return system_error("open " + path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Error{path + " is in use by another larder", EWOULDBLOCK};
    return system_error("lock " + path);
  }
  // Pages are read one here and one there: reading ahead would only wear out the bus.
  ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_RANDOM);
  return std::unique_ptr<FileDevice>(new FileDevice(path, std::move(fd)));
}

Result<std::size_t> FileDevice::read(std::uint64_t offset, std::span<std::uint8_t> to) {
  ssize_t moved = 0;
  do moved = ::pread(fd_.get(), to.data(), to.size(), static_cast<off_t>(offset));
  while (moved < 0 && errno == EINTR);
  if (moved < 0) return system_error("read " + path_);
  return static_cast<std::size_t>(moved);
}

Result<std::size_t> FileDevice::write(std::uint64_t offset, std::span<const std::uint8_t> from) {
  ssize_t moved = 0;
  do moved = ::pwrite(fd_.get(), from.data(), from.size(), static_cast<off_t>(offset));
  while (moved < 0 && errno == EINTR);
  if (moved < 0) return system_error("write " + path_);
  return static_cast<std::size_t>(moved);
}

Status FileDevice::sync() {
  if (::fdatasync(fd_.get()) != 0) return system_error("sync " + path_);
  // What is worth holding in memory is in the memory tier; the kernel need not hold it a second time.
  ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_DONTNEED);
  return Done{};
}

Status FileDevice::clear() {
  if (::ftruncate(fd_.get(), 0) != 0) return system_error("truncate " + path_);
  return Done{};
}

}  // namespace larder::cache

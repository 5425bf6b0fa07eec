#include "cache/device.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "cache/foreign_content.h"
#include "cache/geometry.h"
#include "cache/superblock.h"

namespace larder::cache {
namespace {

// What goes to the drive at a time (OpenSegment::kChunk).
constexpr std::uint64_t kChunk = 128 * 1024;

bool is_block_device(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISBLK(status.st_mode);
}

Result<UniqueFd> open_for_writing(const std::string& path) {
  const bool block = is_block_device(path);
  // O_EXCL: the kernel refuses a block device that is mounted, or swapped to.
  const int flags = block ? O_EXCL : O_CREAT | O_NOFOLLOW;
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | flags, 0600));
  if (!fd && block && errno == EBUSY)
    return Error{path + " is in use: it is mounted, or another larder has it", EWOULDBLOCK};
  if (!fd) return system_error("open " + path);
  return fd;
}

}  // namespace

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

// --- Opening --------------------------------------------------------------------------------------------------------

Result<std::unique_ptr<FileDevice>> FileDevice::open(const std::string& path, Foreign foreign) {
  auto fd = open_for_writing(path);
  if (!fd) return fd.error();
  if (::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Error{path + " is in use by another larder", EWOULDBLOCK};
    return system_error("lock " + path);
  }
  std::unique_ptr<FileDevice> device(new FileDevice(path, *std::move(fd)));
  if (is_block_device(path))
    if (auto taken = device->take_block_device(foreign); !taken) return taken.error();
  // Pages are read one here and one there: reading ahead would only wear out the bus.
  ::posix_fadvise(device->fd_.get(), 0, 0, POSIX_FADV_RANDOM);
  device->open_direct();
  return device;
}

// What is on a partition may be somebody's only copy of it.
Status FileDevice::take_block_device(Foreign allowed) {
  std::uint64_t bytes = 0;
  if (::ioctl(fd_.get(), BLKGETSIZE64, &bytes) != 0) return system_error("size of " + path_);
  capacity_ = bytes;
  if (allowed == Foreign::take) return Done{};
  auto has_ring = holds_ring(*this);
  if (!has_ring) return has_ring.error();
  if (*has_ring) return Done{};
  auto foreign = foreign_content(fd_.get());
  if (!foreign) return Error{fmt::format("{}: {}", path_, foreign.error().message)};
  if (!foreign->empty())
    return Error{fmt::format("{0} holds {1} and no ring; if nobody needs it, \"larder cache create\" makes one of it",
                             path_, *foreign),
                 EEXIST};
  return Done{};
}

void FileDevice::open_direct() {
  const std::string again = fmt::format("/proc/self/fd/{}", fd_.get());
  direct_ = UniqueFd(::open(again.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
}

// --- Reading and writing --------------------------------------------------------------------------------------------

// Whole blocks into a buffer on a block's boundary, as O_DIRECT wants them. nullopt: it cannot be done here.
std::optional<Result<std::size_t>> FileDevice::read_directly(std::uint64_t offset, std::span<std::uint8_t> to) {
  const std::uint64_t begin = offset / kBlock * kBlock;
  const std::uint64_t end = (offset + to.size() + kBlock - 1) / kBlock * kBlock;
  const auto size = static_cast<std::size_t>(end - begin), skipped = static_cast<std::size_t>(offset - begin);
  const std::unique_ptr<void, decltype(&std::free)> buffer(std::aligned_alloc(kBlock, size), &std::free);
  if (!buffer) return Result<std::size_t>(Error{"no memory to read the ring", ENOMEM});
  ssize_t moved = 0;
  do moved = ::pread(direct_.get(), buffer.get(), size, static_cast<off_t>(begin));
  while (moved < 0 && errno == EINTR);
  if (moved < 0 && errno == EINVAL) return std::nullopt;
  if (moved < 0) return Result<std::size_t>(system_error("read " + path_));
  const std::size_t got =
      std::min(to.size(), static_cast<std::size_t>(std::max<ssize_t>(moved - static_cast<ssize_t>(skipped), 0)));
  std::copy_n(static_cast<const std::uint8_t*>(buffer.get()) + skipped, got, to.begin());
  return Result<std::size_t>(got);
}

Result<std::size_t> FileDevice::read(std::uint64_t offset, std::span<std::uint8_t> to) {
  if (direct_) {
    if (auto done = read_directly(offset, to)) return *std::move(done);
    direct_ = UniqueFd();
  }
  ssize_t moved = 0;
  do moved = ::pread(fd_.get(), to.data(), to.size(), static_cast<off_t>(offset));
  while (moved < 0 && errno == EINTR);
  if (moved < 0) return system_error("read " + path_);
  ::posix_fadvise(fd_.get(), static_cast<off_t>(offset), moved, POSIX_FADV_DONTNEED);
  return static_cast<std::size_t>(moved);
}

Result<std::size_t> FileDevice::write(std::uint64_t offset, std::span<const std::uint8_t> from) {
  ssize_t moved = 0;
  do moved = ::pwrite(fd_.get(), from.data(), from.size(), static_cast<off_t>(offset));
  while (moved < 0 && errno == EINTR);
  if (moved < 0) return system_error("write " + path_);
  const std::uint64_t end = offset + static_cast<std::uint64_t>(moved);
  if (end % kChunk == 0)
    ::sync_file_range(fd_.get(), static_cast<off_t>(end - kChunk), static_cast<off_t>(kChunk), SYNC_FILE_RANGE_WRITE);
  return static_cast<std::size_t>(moved);
}

Status FileDevice::sync() {
  if (::fdatasync(fd_.get()) != 0) return system_error("sync " + path_);
  ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_DONTNEED);
  return Done{};
}

Status FileDevice::clear() {
  if (!capacity_) return ::ftruncate(fd_.get(), 0) == 0 ? Status(Done{}) : system_error("truncate " + path_);
  const std::array<std::uint8_t, kSuperblockCopies * std::size_t{kBlock}> zeros{};
  if (auto written = write_fully(*this, 0, zeros); !written) return written;
  return sync();
}

bool FileDevice::replaced() const {
  struct stat here {
  }, there{};
  if (::fstat(fd_.get(), &here) != 0) return true;
  if (::stat(path_.c_str(), &there) != 0) return errno == ENOENT || errno == ENOTDIR;
  return here.st_dev != there.st_dev || here.st_ino != there.st_ino || here.st_rdev != there.st_rdev;
}

}  // namespace larder::cache

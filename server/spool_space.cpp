#include "server/spool_space.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace larder::server {
namespace {

constexpr std::uint64_t kMemoryOnlyLimit = 64 << 20;

// A directory that cannot be asked leads to files in memory.
bool is_in_memory(const std::string& directory) {
  struct statfs status {};
  return ::statfs(directory.c_str(), &status) != 0 || status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC;
}

UniqueFd create_in(const std::string& directory) {
  UniqueFd fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd) return fd;
  std::string name = directory + "/spool.XXXXXX";  // FAT and others without O_TMPFILE
  fd.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (fd) ::unlink(name.c_str());
  return fd;
}

}  // namespace

SpoolSpace::SpoolSpace(std::string directory, std::uint64_t limit, Counters& counters)
    : directory_(std::move(directory)), limit_(limit), counters_(counters), in_memory_(is_in_memory(directory_)) {}

Result<UniqueFd> SpoolSpace::create() {
  UniqueFd fd = create_in(directory_);
  in_memory_ = !fd || is_in_memory(directory_);
  if (!fd) fd.reset(::memfd_create("larder-spool", MFD_CLOEXEC));
  if (!fd) return system_error("create a spool in memory");
  return fd;
}

std::uint64_t SpoolSpace::limit() const { return in_memory_ ? std::min(limit_, kMemoryOnlyLimit) : limit_; }

bool SpoolSpace::reserve(std::uint64_t bytes) {
  if (closed_) return false;
  const std::uint64_t limit = this->limit();
  std::uint64_t used = used_.load();
  do {
    if (bytes > limit || used > limit - bytes) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes));
  counters_.add(Counter::spooled_bytes, bytes);
  return true;
}

void SpoolSpace::release(std::uint64_t bytes) { used_.fetch_sub(bytes); }

Status write_fully(int fd, const char* bytes, std::size_t size, std::uint64_t offset) {
  while (size > 0) {
    const auto count = ::pwrite(fd, bytes, size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return system_error("write to the spool", count == 0 ? ENOSPC : errno);
    bytes += count;
    size -= static_cast<std::size_t>(count);
    offset += static_cast<std::uint64_t>(count);
  }
  return Done{};
}

Status read_fully(int fd, char* into, std::size_t size, std::uint64_t offset) {
  while (size > 0) {
    const auto count = ::pread(fd, into, size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return system_error("read", count == 0 ? EIO : errno);
    into += count;
    size -= static_cast<std::size_t>(count);
    offset += static_cast<std::uint64_t>(count);
  }
  return Done{};
}

}  // namespace larder::server

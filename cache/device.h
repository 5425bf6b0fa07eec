// Device: the bytes of the ring; a file, a partition, or in tests memory that fails on demand.
//
// read() and write() may do less than asked, as pread(2) and pwrite(2) may; read_fully() and write_fully() go on.
// Threads: one reader and one writer at the same time; replaced() from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace larder::cache {

class Device {
 public:
  virtual ~Device() = default;
  // How many bytes were moved; a read of 0 bytes is the end of the device.
  virtual Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> to) = 0;
  virtual Result<std::size_t> write(std::uint64_t offset, std::span<const std::uint8_t> from) = 0;
  // What was written before is on the medium afterwards. After a failure it may be gone for good, whatever a second
  // call says: Linux reports a failed write-back once (fsync(2)).
  virtual Status sync() = 0;
  // Makes it empty, or at least without superblocks.
  virtual Status clear() = 0;
  // Where it was opened, something else is now, or nothing: it will not come back.
  virtual bool replaced() const { return false; }
  // Bytes that it has, when it cannot grow.
  virtual std::optional<std::uint64_t> capacity() const { return std::nullopt; }
};

// Bytes read: fewer than asked only at the end of the device.
Result<std::size_t> read_fully(Device& device, std::uint64_t offset, std::span<std::uint8_t> to);
Status write_fully(Device& device, std::uint64_t offset, std::span<const std::uint8_t> from);

// Neither what is read nor what is written stays in the kernel's memory: what is worth that is in the memory tier. So
// reads go past it (O_DIRECT) where the file system can do that, else what was read is dropped from it. Writes go
// through it, because it gathers small ones: the drive begins with them when a chunk is full, else after some seconds,
// and they are dropped from it when they are synced.
class FileDevice final : public Device {
 public:
  // A file, which is created when there is none, or a block device, which must hold a ring or nothing that anybody
  // knows, unless that is to be taken all the same. It stays locked (flock(2)) as long as the device lives: a second
  // daemon on it gets EWOULDBLOCK.
  enum class Foreign { refuse, take };
  static Result<std::unique_ptr<FileDevice>> open(const std::string& path, Foreign foreign = Foreign::refuse);

  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> to) override;
  Result<std::size_t> write(std::uint64_t offset, std::span<const std::uint8_t> from) override;
  Status sync() override;
  Status clear() override;
  bool replaced() const override;
  std::optional<std::uint64_t> capacity() const override { return capacity_; }

  bool reads_directly() const { return static_cast<bool>(direct_); }

 private:
  FileDevice(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  Status take_block_device(Foreign foreign);
  void open_direct();
  std::optional<Result<std::size_t>> read_directly(std::uint64_t offset, std::span<std::uint8_t> to);

  const std::string path_;
  const UniqueFd fd_;
  UniqueFd direct_;  // for reading; none when the file system cannot do it
  std::optional<std::uint64_t> capacity_;
};

}  // namespace larder::cache

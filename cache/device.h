// Device: the bytes of the ring; a file, or in tests memory that fails on demand.
//
// read() and write() may do less than asked, as pread(2) and pwrite(2) may; read_fully() and write_fully() go on.
// Threads: one reader and one writer at the same time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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
  // Makes it empty.
  virtual Status clear() = 0;
};

// Bytes read: fewer than asked only at the end of the device.
Result<std::size_t> read_fully(Device& device, std::uint64_t offset, std::span<std::uint8_t> to);
Status write_fully(Device& device, std::uint64_t offset, std::span<const std::uint8_t> from);

class FileDevice final : public Device {
 public:
  // Creates the file when there is none. It stays locked (flock(2)) as long as the device lives: a second daemon on the
  // same file gets an error.
  static Result<std::unique_ptr<FileDevice>> open(const std::string& path);

  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> to) override;
  Result<std::size_t> write(std::uint64_t offset, std::span<const std::uint8_t> from) override;
  Status sync() override;
  Status clear() override;

 private:
  FileDevice(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  const std::string path_;
  const UniqueFd fd_;
};

}  // namespace larder::cache

// ReadOnlyFile: a ring's file or block device that is only looked at. It takes no lock, so a daemon may have it.
//
// Threads: as Device.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "cache/device.h"

namespace larder::cache {

class ReadOnlyFile final : public Device {
 public:
  static Result<std::unique_ptr<ReadOnlyFile>> open(const std::string& path);

  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> to) override;
  Result<std::size_t> write(std::uint64_t offset, std::span<const std::uint8_t> from) override;  // an error
  Status sync() override;                                                                        // an error
  Status clear() override;                                                                       // an error

  // What was read need not stay in memory: the whole ring would push out everything else.
  void forget(std::uint64_t offset, std::uint64_t bytes) const;
  Result<std::uint64_t> bytes() const;
  // The process that holds the lock of FileDevice, or 0.
  pid_t holder() const;

 private:
  ReadOnlyFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  const std::string path_;
  const UniqueFd fd_;
};

}  // namespace larder::cache

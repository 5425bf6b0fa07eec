// MemoryDevice: a drive in memory that fails when it is told to, and remembers how it was written.
//
// The medium outlives the device, so that a test can look at it, damage it, and open it again.
// Threads: as Device; the medium is for the test's thread while no device is in use, but for the atomics.
#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "cache/device.h"

namespace larder::cache {

// A gate that reads wait at: shut() it, and they hang until open().
class Gate {
 public:
  void shut() { set(true); }
  void open() { set(false); }
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !shut_; });
    --waiting_;
  }
  void await_one() {  // until somebody waits
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ > 0; });
  }

 private:
  void set(bool shut) {
    std::lock_guard lock(mutex_);
    shut_ = shut;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool shut_ = false;
  int waiting_ = 0;
};

struct Medium {
  struct Write {
    std::uint64_t offset;
    std::size_t size;
  };

  std::mutex mutex;
  std::vector<std::uint8_t> bytes;
  std::vector<Write> writes;
  std::atomic<std::uint64_t> syncs{0};

  std::atomic<std::uint64_t> capacity{UINT64_MAX};                // bytes that can be written; beyond: ENOSPC
  std::atomic<std::size_t> most_at_once{SIZE_MAX};                // short reads and writes
  std::atomic<int> read_error{0}, write_error{0}, sync_error{0};  // errno while not 0
  std::atomic<bool> absent{false};                                // it is not there to be opened
  std::atomic<bool> replaced{false};
  Gate reads, writes_gate;
};

class MemoryDevice final : public Device {
 public:
  explicit MemoryDevice(std::shared_ptr<Medium> medium) : medium_(std::move(medium)) {}

  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> to) override {
    medium_->reads.pass();
    if (medium_->read_error) return system_error("read", medium_->read_error);
    std::lock_guard lock(medium_->mutex);
    if (offset >= medium_->bytes.size()) return std::size_t{0};
    const auto from = static_cast<std::size_t>(offset);
    const std::size_t size = std::min({to.size(), medium_->bytes.size() - from, medium_->most_at_once.load()});
    std::copy_n(medium_->bytes.begin() + static_cast<std::ptrdiff_t>(from), size, to.begin());
    return size;
  }

  Result<std::size_t> write(std::uint64_t offset, std::span<const std::uint8_t> from) override {
    medium_->writes_gate.pass();
    if (medium_->write_error) return system_error("write", medium_->write_error);
    if (offset >= medium_->capacity) return system_error("write", ENOSPC);
    const auto at = static_cast<std::size_t>(offset);
    const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(medium_->capacity - offset, SIZE_MAX));
    const std::size_t size = std::min({from.size(), room, medium_->most_at_once.load()});
    std::lock_guard lock(medium_->mutex);
    if (medium_->bytes.size() < at + size) medium_->bytes.resize(at + size);
    std::copy_n(from.begin(), size, medium_->bytes.begin() + static_cast<std::ptrdiff_t>(at));
    medium_->writes.push_back({offset, size});
    return size;
  }

  Status sync() override {
    if (medium_->sync_error) return system_error("sync", medium_->sync_error);
    std::lock_guard lock(medium_->mutex);
    ++medium_->syncs;
    return Done{};
  }

  Status clear() override {
    std::lock_guard lock(medium_->mutex);
    medium_->bytes.clear();
    return Done{};
  }
  bool replaced() const override { return medium_->replaced; }

 private:
  const std::shared_ptr<Medium> medium_;
};

}  // namespace larder::cache

// RecordingDevice: a drive in memory that remembers every write and sync in order, and the images that a loss of power
// can leave of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "cache/device.h"
#include "cache/geometry.h"

namespace larder::cache {

using Image = std::vector<std::uint8_t>;

struct Recording {
  struct Event {
    std::uint64_t offset = 0;
    std::vector<std::uint8_t> bytes;  // empty: a sync
  };
  std::vector<Event> events;
  Image now;

  static void apply(Image& image, std::uint64_t offset, std::span<const std::uint8_t> bytes) {
    const auto at = static_cast<std::size_t>(offset);
    if (image.size() < at + bytes.size()) image.resize(at + bytes.size());
    std::copy(bytes.begin(), bytes.end(), image.begin() + static_cast<std::ptrdiff_t>(at));
  }

  // What is there when the power goes after so many events: all that was synced; of what was not, each write is there,
  // not there, or torn at a multiple of `sector`.
  template <class Random>
  Image cut(std::size_t count, std::size_t sector, Random& random) const {
    std::size_t synced = count;
    while (synced > 0 && !events[synced - 1].bytes.empty()) --synced;
    Image image;
    for (std::size_t i = 0; i < count; ++i) {
      const Event& event = events[i];
      const std::size_t fate = i < synced ? 0 : random() % 3;
      if (fate == 1) continue;
      const std::size_t sectors = event.bytes.size() / sector;
      const std::size_t kept = fate == 2 ? random() % (sectors + 1) * sector : event.bytes.size();
      apply(image, event.offset, std::span(event.bytes).first(kept));
    }
    return image;
  }

  // A drive that lies about its syncs: any block of all that was written so far may be one that was there before.
  template <class Random>
  Image lie(std::size_t count, Random& random) const {
    Image image;
    for (std::size_t i = 0; i < count; ++i) {
      const auto& bytes = events[i].bytes;
      for (std::size_t at = 0; at < bytes.size(); at += kBlock)
        if (random() % 8 != 0) apply(image, events[i].offset + at, std::span(bytes).subspan(at, kBlock));
    }
    return image;
  }
};

class RecordingDevice final : public Device {
 public:
  explicit RecordingDevice(std::shared_ptr<Recording> recording) : recording_(std::move(recording)) {}

  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> to) override {
    const Image& now = recording_->now;
    if (offset >= now.size()) return std::size_t{0};
    const auto from = static_cast<std::size_t>(offset);
    const std::size_t size = std::min(to.size(), now.size() - from);
    std::copy_n(now.begin() + static_cast<std::ptrdiff_t>(from), size, to.begin());
    return size;
  }
  Result<std::size_t> write(std::uint64_t offset, std::span<const std::uint8_t> from) override {
    Recording::apply(recording_->now, offset, from);
    recording_->events.push_back({offset, {from.begin(), from.end()}});
    return from.size();
  }
  Status sync() override {
    recording_->events.push_back({});
    return Done{};
  }
  Status clear() override {
    recording_->now.clear();
    return Done{};
  }

 private:
  const std::shared_ptr<Recording> recording_;
};

}  // namespace larder::cache

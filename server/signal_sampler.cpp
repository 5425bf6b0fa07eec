#include "server/signal_sampler.h"

#include <algorithm>
#include <utility>

#include "arm/board.h"
#include "arm/mounts.h"

namespace larder::server {
namespace {

constexpr Millis kSecond = 1'000;
constexpr Millis kSwapLook = 10'000;  // swap is not moved often

}  // namespace

double Rate::add(std::uint64_t value, Millis now) {
  if (!points_.empty() && value < points_.back().value) points_.clear();
  points_.push_back({now, value});
  while (points_.size() > 2 && now - points_[1].at >= kSecond) points_.pop_front();
  const Millis time = std::max(kSecond, now - points_.front().at);
  return static_cast<double>(value - points_.front().value) * 1'000.0 / static_cast<double>(time);
}

SignalSampler::SignalSampler(std::string root)
    : root_(std::move(root)),
      on_board_(!arm::board_model(root_ + "/proc/device-tree").empty()),
      memory_(root_),
      sensors_(root_) {}

double SignalSampler::swapped_to_card(std::uint64_t swapped_out, Millis now) {
  const double rate = swapped_.add(swapped_out, now);
  if (rate > 0 && (!swap_looked_ever_ || now - swap_looked_at_ >= kSwapLook)) {
    const auto areas = arm::swap_areas(root_);
    swap_on_card_ = std::any_of(areas.begin(), areas.end(), [](const arm::SwapArea& area) { return area.on_card(); });
    swap_looked_at_ = now;
    swap_looked_ever_ = true;
  }
  return swap_on_card_ ? rate : 0;
}

governor::Signals SignalSampler::sample(bool drive_writable, Millis now) {
  if (!sensed_ever_ || now - sensed_at_ >= kSecond) {
    sensed_ = sensors_.read();
    sensed_at_ = now;
    sensed_ever_ = true;
  }
  const arm::MemoryReading memory = memory_.read();
  return {.available = memory.available_percent(),
          .available_bytes = memory.available,
          .temperature = on_board_ ? sensed_.temperature : std::nullopt,
          .throttled = sensed_.throttled,
          .under_voltage = sensed_.under_voltage,
          .drive_writable = drive_writable,
          .swapped_to_card = swapped_to_card(memory.swapped_out, now),
          .stalls = stalls_.add(memory.stalls, now),
          .major_faults = major_faults_.add(memory.major_faults, now),
          .refaults = refaults_.add(memory.refaults, now),
          .stalled_some = memory.stalled_some,
          .stalled_full = memory.stalled_full};
}

}  // namespace larder::server

// PageMemory: how many bytes the memory tier may have, on its way to what the governor wants. Pure.
//
// Down at once or by kPageMemoryStep a second, as the limits say; up by that step, and only while the board has memory
// to spare: growing into a shortage would only call the next one.
#pragma once

#include <algorithm>
#include <cstdint>

#include "server/governor.h"

namespace larder::server {

class PageMemory {
 public:
  static constexpr double kToSpare = 30;  // percent available

  explicit PageMemory(std::uint64_t full) : full_(full), now_(full) {}

  // The bytes from now on; `elapsed` since the last call.
  std::uint64_t next(const governor::Limits& limits, double available, Millis elapsed) {
    const auto target = static_cast<std::uint64_t>(limits.page_memory_share * static_cast<double>(full_));
    const std::uint64_t step =
        governor::kPageMemoryStep * static_cast<std::uint64_t>(std::clamp<Millis>(elapsed, 0, 1'000)) / 1'000;
    if (now_ > target)
      now_ = limits.page_memory_at_once ? target : std::max(target, now_ - std::min(now_, step));
    else if (available >= kToSpare)
      now_ = std::min(target, now_ + step);
    return now_;
  }

 private:
  const std::uint64_t full_;
  std::uint64_t now_;
};

}  // namespace larder::server

// Trust: for how long a page that an earlier run wrote may be taken for fresh. Thread-safe.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <utility>

#include "base/clock.h"
#include "cache/page.h"
#include "cache/superblock.h"

namespace larder::cache {

// Whether the wall clock is known to be right: a board without a clock of its own learns the time from the network.
using TrustClock = std::function<bool()>;

class Trust {
 public:
  // No `trust_clock`: it is right.
  Trust(const Superblock& superblock, const Clock& clock, TrustClock trust_clock)
      : capped_run_(superblock.capped_run),
        capped_until_(superblock.capped_until),
        not_before_(superblock.written_at),
        clock_(clock),
        trust_clock_(std::move(trust_clock)) {}

  // Of a page of that run. While the clock cannot be right, nobody knows how old it is: it counts as stale.
  std::int64_t lifetime(const Page& page, std::uint32_t run) {
    if (!is_clock_right() || page.created > clock_.wall()) return 0;
    if (run > capped_run_) return page.lifetime;
    return std::clamp<std::int64_t>((capped_until_ - page.created) / 1000, 0, page.lifetime);
  }

 private:
  bool is_clock_right() {
    if (clock_right_) return true;
    clock_right_ = (!trust_clock_ || trust_clock_()) && clock_.wall() >= not_before_;
    return clock_right_;
  }

  const std::uint32_t capped_run_;
  const Millis capped_until_, not_before_;
  const Clock& clock_;
  const TrustClock trust_clock_;
  std::atomic<bool> clock_right_{false};
};

}  // namespace larder::cache

// Probe: what a drive really does: how fast it is, and whether it has the size it says.
//
// Sticks that lie about their size take every write and keep what fits, often by writing over what they took first. So
// the whole is written before anything is read: blocks that know where they belong. Both overwrite what is there.
// Threads: one. Lifetime: device and clock outlive the call. `going` is asked between chunks: told how many bytes are
// done (written, then read), it says false to stop, which is the error ECANCELED.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "cache/device.h"

namespace larder::drive {

using Going = std::function<bool(std::uint64_t done)>;

struct Speed {
  double written = 0, read = 0;  // bytes a second, one after the other
  double reads = 0;              // pages of 16 KiB a second, from anywhere
};

// Writes and reads at most so many bytes, and takes half a minute at most for each of the three. 0 where it had no time
// to see anything.
Result<Speed> probe_speed(cache::Device& device, std::uint64_t bytes, const Clock& clock, const Going& going);

struct Capacity {
  std::uint64_t good = 0;                      // bytes from the start that came back as they were written
  std::optional<std::uint64_t> found_instead;  // where the block belongs that came back behind them, if it was ours
};

// Writes and reads the first `bytes` of the device, a multiple of a block. An error when it takes no more.
Result<Capacity> probe_capacity(cache::Device& device, std::uint64_t bytes, const Going& going);

}  // namespace larder::drive

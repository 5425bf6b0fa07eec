// NewRing: makes the ring of the page cache anew, and tells what the drive below it is worth.
//
// What was in its place is gone as soon as it begins, and until it ends there is no ring: whenever it is cut off, a
// daemon begins one.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/progress.h"
#include "base/result.h"
#include "drive/machine.h"

namespace larder::drive {

struct NewRingOptions {
  std::string path;         // cache.path: a folder, or a block device
  std::uint64_t bytes = 0;  // cache.size
  bool erase_unasked = false;
  bool full = false;  // try every byte
  std::function<Progress(std::string what, std::uint64_t total)> progress;
  std::function<bool()> interrupted = [] { return false; };
};

// An error says what is wrong and what to do.
Status make_new_ring(const NewRingOptions& options, Machine& machine, const Clock& clock);

}  // namespace larder::drive

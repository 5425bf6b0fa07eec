// Ring start: the superblock with which a run begins: that of the ring on the device, or of a new one.
#pragma once

#include "base/clock.h"
#include "base/report.h"
#include "base/result.h"
#include "cache/device.h"
#include "cache/superblock.h"

namespace larder::cache {

// A device that holds no ring, or one of another version or geometry, is begun anew, with a report when there was
// something on it. After a run that did not stop in order the freshness of all runs until then is capped.
Result<Superblock> start_ring(Device& device, const Geometry& geometry, const Clock& clock, const Report& report);

}  // namespace larder::cache

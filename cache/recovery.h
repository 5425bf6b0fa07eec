// Recovery: finds again what the ring holds, after a start.
//
// First the header of every slot is read; from then on the ring can be written. Then the segments' records are listed,
// newest segment first, so that the pages that matter most are found soonest and an older record never hides a newer.
// Threads: none of its own; it belongs to the thread that reads the ring.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "cache/device.h"
#include "cache/geometry.h"
#include "cache/segment.h"

namespace larder::cache {

class Recovery {
 public:
  Recovery(Device& device, const Geometry& geometry, std::uint32_t salt)
      : device_(device), geometry_(geometry), salt_(salt) {}

  // Reads the headers of some more slots. A slot whose header cannot be read counts as empty.
  Status read_headers();
  bool has_headers() const { return next_slot_ == geometry_.segment_count; }

  // Oldest first; complete once has_headers().
  const std::vector<Sequence>& segments() const { return segments_; }

  // The records of a segment, in the order in which they were written; from its footer, else by scanning it.
  Result<FooterLines> read_records(Sequence sequence);

 private:
  Result<std::optional<FooterLines>> read_footer(Sequence sequence);
  Result<FooterLines> scan(Sequence sequence);
  Result<std::vector<std::uint8_t>> read_tail(Sequence sequence, std::uint32_t bytes);

  Device& device_;
  const Geometry geometry_;
  const std::uint32_t salt_;
  std::uint32_t next_slot_ = 0;
  std::vector<Sequence> segments_;
};

}  // namespace larder::cache

#include "cache/ring_start.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "cache/segment.h"

namespace larder::cache {
namespace {

// What may be served after a stop that was not in order, when purges may have been lost.
constexpr Millis kCapAfterCrash = 300'000;

Status check(const Geometry& geometry) {
  if (geometry.segment_bytes < kMinSegmentBytes || geometry.segment_bytes > kMaxSegmentBytes ||
      geometry.segment_bytes % kBlock != 0)
    return Error{fmt::format("segments of {} bytes: not a multiple of {} up to {}", geometry.segment_bytes, kBlock,
                             kMaxSegmentBytes)};
  if (geometry.segment_count < 2) return Error{"the ring needs room for two segments at least"};
  return Done{};
}

// Empty: there is nothing that would be missed.
Result<std::string> why_anew(Device& device, const Geometry& geometry, const std::optional<Superblock>& other) {
  if (other)
    return fmt::format("the ring on the cache drive has {} segments of {} bytes, and the settings ask for {} of {}",
                       other->geometry.segment_count, other->geometry.segment_bytes, geometry.segment_count,
                       geometry.segment_bytes);
  std::array<std::uint8_t, kSuperblockCopies * std::size_t{kBlock}> bytes{};
  auto got = read_fully(device, 0, bytes);
  if (!got) return got.error();
  if (std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; })) return std::string();
  const auto version = superblock_version(bytes);
  if (version && *version != kRingVersion)
    return fmt::format("the ring on the cache drive is of version {}, and this larder writes version {}", *version,
                       kRingVersion);
  return std::string("what lies on the cache drive is no ring, or a damaged one");
}

Result<Superblock> begin_anew(Device& device, const Geometry& geometry, const std::optional<Superblock>& other,
                              const Clock& clock, const Report& report) {
  auto why = why_anew(device, geometry, other);
  if (!why) return why.error();
  if (!why->empty() && report) report(Level::warning, *why + ": begun anew, without a page");
  if (auto cleared = device.clear(); !cleared) return cleared.error();
  auto superblock = make_superblock(geometry);
  if (!superblock) return superblock;
  superblock->written_at = clock.wall();
  if (auto stored = store_superblock(device, *superblock); !stored) return stored.error();
  return superblock;
}

}  // namespace

Result<Superblock> start_ring(Device& device, const Geometry& geometry, const Clock& clock, const Report& report) {
  if (auto checked = check(geometry); !checked) return checked.error();
  auto loaded = load_superblock(device);
  if (!loaded) return loaded.error();
  if (!*loaded || (*loaded)->geometry != geometry) return begin_anew(device, geometry, *loaded, clock, report);
  Superblock& superblock = **loaded;
  if (!superblock.clean) {
    superblock.capped_run = superblock.run;
    superblock.capped_until = clock.wall() + kCapAfterCrash;
  }
  return superblock;
}

}  // namespace larder::cache

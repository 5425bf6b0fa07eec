// Superblock: what a ring says about itself; byte grammar in FORMAT.md. Pure, but for load and store.
//
// Two copies alternate, so that a torn write leaves the other. Written when a run begins to write and when it stops
// cleanly, never while pages are stored.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "cache/device.h"
#include "cache/geometry.h"

namespace larder::cache {

using Uuid = std::array<std::uint8_t, 16>;

struct Superblock {
  std::uint64_t generation = 0;  // the valid copy with the higher one counts
  Uuid uuid{};
  std::uint64_t hash_seed = 0;  // of hash_key()
  Geometry geometry;
  std::uint32_t run = 0;  // the last that wrote
  bool clean = false;     // that run stopped in order
  // Pages of this run and those before it are fresh until this wall time at most: the run did not stop in order, so
  // what was replaced in it may be among them.
  std::uint32_t capped_run = 0;
  Millis capped_until = 0;
  Millis written_at = 0;  // wall clock: no earlier time can be right

  // Begins every checksum of the ring, so that nothing of a former ring on the same drive passes one.
  std::uint32_t salt() const;
};

inline constexpr std::size_t kSuperblockBytes = 84;
inline constexpr std::uint32_t kRingVersion = 4;
inline constexpr std::size_t kSuperblockCopies = 2;

std::array<std::uint8_t, kSuperblockBytes> encode_superblock(const Superblock& superblock);
std::optional<Superblock> decode_superblock(std::span<const std::uint8_t> bytes);

// Of a superblock of any version, which this program may not know. nullopt: it is none.
std::optional<std::uint32_t> superblock_version(std::span<const std::uint8_t> bytes);

// A new ring, with uuid and seed from the kernel's random numbers.
Result<Superblock> make_superblock(const Geometry& geometry);

// The newer valid copy; nullopt when there is none. An error only when the device cannot be read.
Result<std::optional<Superblock>> load_superblock(Device& device);

// Whether there is a ring of any version.
Result<bool> holds_ring(Device& device);

// Counts the generation up, writes the copy whose turn it is, and syncs. The caller has set the time.
Status store_superblock(Device& device, Superblock& superblock);

}  // namespace larder::cache

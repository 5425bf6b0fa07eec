#include "cache/superblock.h"

#include <sys/random.h>

#include <algorithm>

#include "arm/crc32c.h"
#include "base/bytes.h"

namespace larder::cache {
namespace {

constexpr std::array<std::uint8_t, 8> kMagic = {'L', 'A', 'R', 'D', 'R', 'I', 'N', 'G'};
constexpr std::uint32_t kClean = 1;
constexpr std::size_t kCrcAt = kSuperblockBytes - 4;

template <std::size_t size>
Status fill_random(std::array<std::uint8_t, size>& bytes) {
  if (::getrandom(bytes.data(), size, 0) != static_cast<ssize_t>(size)) return system_error("getrandom");
  return Done{};
}

}  // namespace

std::uint32_t Superblock::salt() const { return arm::crc32c(uuid.data(), uuid.size()); }

std::array<std::uint8_t, kSuperblockBytes> encode_superblock(const Superblock& superblock) {
  std::array<std::uint8_t, kSuperblockBytes> bytes{};
  std::copy(kMagic.begin(), kMagic.end(), bytes.begin());
  put_le(&bytes[8], kRingVersion);
  put_le(&bytes[12], superblock.clean ? kClean : 0U);
  put_le(&bytes[16], superblock.generation);
  std::copy(superblock.uuid.begin(), superblock.uuid.end(), bytes.begin() + 24);
  put_le(&bytes[40], superblock.hash_seed);
  put_le(&bytes[48], superblock.geometry.segment_bytes);
  put_le(&bytes[52], superblock.geometry.segment_count);
  put_le(&bytes[56], superblock.run);
  put_le(&bytes[60], superblock.capped_run);
  put_le(&bytes[64], superblock.capped_until);
  put_le(&bytes[72], superblock.written_at);
  put_le(&bytes[kCrcAt], arm::crc32c(bytes.data(), kCrcAt));
  return bytes;
}

std::optional<Superblock> decode_superblock(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kSuperblockBytes || !std::equal(kMagic.begin(), kMagic.end(), bytes.begin())) return std::nullopt;
  if (get_le<std::uint32_t>(&bytes[kCrcAt]) != arm::crc32c(bytes.data(), kCrcAt)) return std::nullopt;
  const auto flags = get_le<std::uint32_t>(&bytes[12]);
  if (get_le<std::uint32_t>(&bytes[8]) != kRingVersion || (flags & ~kClean) != 0) return std::nullopt;
  Superblock superblock;
  superblock.clean = flags == kClean;
  superblock.generation = get_le<std::uint64_t>(&bytes[16]);
  std::copy_n(bytes.begin() + 24, superblock.uuid.size(), superblock.uuid.begin());
  superblock.hash_seed = get_le<std::uint64_t>(&bytes[40]);
  superblock.geometry.segment_bytes = get_le<std::uint32_t>(&bytes[48]);
  superblock.geometry.segment_count = get_le<std::uint32_t>(&bytes[52]);
  superblock.run = get_le<std::uint32_t>(&bytes[56]);
  superblock.capped_run = get_le<std::uint32_t>(&bytes[60]);
  superblock.capped_until = get_le<Millis>(&bytes[64]);
  superblock.written_at = get_le<Millis>(&bytes[72]);
  return superblock;
}

std::optional<std::uint32_t> superblock_version(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kSuperblockBytes || !std::equal(kMagic.begin(), kMagic.end(), bytes.begin())) return std::nullopt;
  return get_le<std::uint32_t>(&bytes[8]);
}

Result<Superblock> make_superblock(const Geometry& geometry) {
  Superblock superblock;
  std::array<std::uint8_t, 8> seed{};
  if (auto filled = fill_random(superblock.uuid); !filled) return filled.error();
  if (auto filled = fill_random(seed); !filled) return filled.error();
  superblock.hash_seed = get_le<std::uint64_t>(seed.data());
  superblock.geometry = geometry;
  superblock.clean = true;
  return superblock;
}

Result<std::optional<Superblock>> load_superblock(Device& device) {
  std::optional<Superblock> newest;
  for (std::size_t copy = 0; copy < kSuperblockCopies; ++copy) {
    std::array<std::uint8_t, kSuperblockBytes> bytes{};
    auto got = read_fully(device, copy * kBlock, bytes);
    if (!got) return got.error();
    const auto found = decode_superblock(std::span(bytes).first(*got));
    if (found && (!newest || found->generation > newest->generation)) newest = found;
  }
  return newest;
}

Result<bool> holds_ring(Device& device) {
  for (std::size_t copy = 0; copy < kSuperblockCopies; ++copy) {
    std::array<std::uint8_t, kSuperblockBytes> bytes{};
    auto got = read_fully(device, copy * kBlock, bytes);
    if (!got) return got.error();
    if (superblock_version(std::span(bytes).first(*got))) return true;
  }
  return false;
}

Status store_superblock(Device& device, Superblock& superblock) {
  ++superblock.generation;
  std::array<std::uint8_t, kBlock> block{};
  const auto bytes = encode_superblock(superblock);
  std::copy(bytes.begin(), bytes.end(), block.begin());
  if (auto written = write_fully(device, superblock.generation % kSuperblockCopies * kBlock, block); !written)
    return written;
  return device.sync();
}

}  // namespace larder::cache

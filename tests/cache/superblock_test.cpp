#include "cache/superblock.h"

#include <algorithm>

#include "arm/crc32c.h"
#include "base/bytes.h"
#include "tests/cache/memory_device.h"
#include "tests/support/catch.h"

namespace larder::cache {
namespace {

constexpr Geometry kGeometry{.segment_bytes = 4 << 20, .segment_count = 2048};

Superblock sample() {
  auto made = make_superblock(kGeometry);
  REQUIRE(made);
  made->generation = 9;
  made->run = 5;
  made->capped_run = 4;
  made->capped_until = 1'456'704'000'000;
  return *made;
}

TEST_CASE("A superblock comes back as it was") {
  const Superblock superblock = sample();
  const auto back = decode_superblock(encode_superblock(superblock));
  REQUIRE(back);
  CHECK(back->generation == 9);
  CHECK(back->uuid == superblock.uuid);
  CHECK(back->hash_seed == superblock.hash_seed);
  CHECK(back->geometry == kGeometry);
  CHECK(back->run == 5);
  CHECK(back->clean);
  CHECK(back->capped_run == 4);
  CHECK(back->capped_until == superblock.capped_until);
  CHECK(back->salt() == superblock.salt());
}

TEST_CASE("When it was written comes back too") {
  Superblock superblock;
  superblock.written_at = -5;
  const auto back = decode_superblock(encode_superblock(superblock));
  REQUIRE(back);
  CHECK(back->written_at == -5);
}

TEST_CASE("Two rings differ in uuid, seed and salt") {
  const Superblock one = sample(), two = sample();
  CHECK(one.uuid != two.uuid);
  CHECK(one.hash_seed != two.hash_seed);
  CHECK(one.salt() != two.salt());
}

TEST_CASE("A superblock with any one bit flipped, or cut off, is none") {
  auto bytes = encode_superblock(sample());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ 1U << bit % 8);
    REQUIRE_FALSE(decode_superblock(flipped));
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    REQUIRE_FALSE(decode_superblock(std::span(bytes).first(size)));
}

TEST_CASE("Another version is none, though its checksum is right") {
  auto bytes = encode_superblock(sample());
  SECTION("version") { put_le(&bytes[8], GENERATE(kRingVersion - 1, kRingVersion + 1)); }
  SECTION("flags") { put_le(&bytes[12], 2U); }
  put_le(&bytes[kSuperblockBytes - 4], arm::crc32c(bytes.data(), kSuperblockBytes - 4));
  CHECK_FALSE(decode_superblock(bytes));
}

TEST_CASE("Copies alternate, and a torn one leaves the other") {
  auto medium = std::make_shared<Medium>();
  MemoryDevice device(medium);
  Superblock superblock = sample();
  superblock.run = 1;
  REQUIRE(store_superblock(device, superblock));
  superblock.run = 2;
  REQUIRE(store_superblock(device, superblock));
  REQUIRE(medium->writes.size() == 2);
  CHECK(medium->writes[0].offset != medium->writes[1].offset);
  CHECK(medium->syncs == 2);
  CHECK((*load_superblock(device))->run == 2);
  const auto last = static_cast<std::ptrdiff_t>(medium->writes[1].offset);
  std::fill_n(medium->bytes.begin() + last + 40, 40, std::uint8_t{0});
  CHECK((*load_superblock(device))->run == 1);
}

TEST_CASE("A device that cannot be read is an error, an empty one is not") {
  auto medium = std::make_shared<Medium>();
  MemoryDevice device(medium);
  auto loaded = load_superblock(device);
  REQUIRE(loaded);
  CHECK_FALSE(loaded->has_value());
  medium->read_error = EIO;
  CHECK_FALSE(load_superblock(device));
}

}  // namespace
}  // namespace larder::cache

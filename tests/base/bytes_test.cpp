#include "base/bytes.h"

#include <array>
#include <limits>
#include <vector>

#include "tests/support/catch.h"

using namespace larder;

namespace {

template <class Int>
void check_round_trip(Int value) {
  std::array<std::uint8_t, sizeof(Int) + 2> bytes;
  bytes.fill(0xEE);
  put_le(bytes.data() + 1, value);  // an odd address, as in a record
  CHECK(get_le<Int>(bytes.data() + 1) == value);
  CHECK(bytes.front() == 0xEE);
  CHECK(bytes.back() == 0xEE);
}

}  // namespace

TEST_CASE("Integers are stored with their lowest byte first") {
  std::vector<std::uint8_t> bytes(8);
  put_le<std::uint32_t>(bytes.data(), 0x12345678);
  CHECK(bytes == std::vector<std::uint8_t>{0x78, 0x56, 0x34, 0x12, 0, 0, 0, 0});
  put_le<std::uint64_t>(bytes.data(), 0x0102030405060708);
  CHECK(bytes == std::vector<std::uint8_t>{8, 7, 6, 5, 4, 3, 2, 1});
  put_le<std::int16_t>(bytes.data(), -2);
  CHECK(bytes[0] == 0xFE);
  CHECK(bytes[1] == 0xFF);
}

TEST_CASE("Every integer comes back, at the ends of its range too, and touches no byte beside it") {
  check_round_trip<std::uint8_t>(0xAB);
  for (const std::int16_t value : {std::int16_t{0}, std::int16_t{-1}, std::numeric_limits<std::int16_t>::min()})
    check_round_trip(value);
  for (const std::uint32_t value : {0u, 1u, 0x80000000u, 0xFFFFFFFFu}) check_round_trip(value);
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min(),
                                   std::numeric_limits<std::int64_t>::max()})
    check_round_trip(value);
  check_round_trip(std::numeric_limits<std::uint64_t>::max());
}

#include "cache/device.h"

#include <vector>

#include "tests/cache/memory_device.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace larder::cache {
namespace {

const std::vector<std::uint8_t> kBytes = {1, 2, 3, 4, 5, 6, 7, 8, 9};

TEST_CASE("What is written to the file is read from it") {
  testing::TempDir dir;
  auto device = FileDevice::open(dir / "ring");
  REQUIRE(device);
  REQUIRE(write_fully(**device, 10'000, kBytes));
  REQUIRE((*device)->sync());
  std::vector<std::uint8_t> back(kBytes.size());
  CHECK(*read_fully(**device, 10'000, back) == kBytes.size());
  CHECK(back == kBytes);
  CHECK(*read_fully(**device, 10'005, back) == 4);
  CHECK(*read_fully(**device, 20'000, back) == 0);
  REQUIRE((*device)->clear());
  CHECK(*read_fully(**device, 0, back) == 0);
}

TEST_CASE("A file that is held by one is refused to another") {
  testing::TempDir dir;
  auto first = FileDevice::open(dir / "ring");
  REQUIRE(first);
  auto second = FileDevice::open(dir / "ring");
  REQUIRE_FALSE(second);
  CHECK(second.error().message.find("in use by another larder") != std::string::npos);
  first->reset();
  CHECK(FileDevice::open(dir / "ring").ok());
}

TEST_CASE("A path that cannot be used is an error with its name") {
  testing::TempDir dir;
  auto device = FileDevice::open(dir / "missing/ring");
  REQUIRE_FALSE(device);
  CHECK(device.error().code == ENOENT);
  CHECK(device.error().message.find("missing/ring") != std::string::npos);
}

TEST_CASE("Short reads and writes are gone on with") {
  auto medium = std::make_shared<Medium>();
  medium->most_at_once = GENERATE(1U, 2U, 4U);
  MemoryDevice device(medium);
  REQUIRE(write_fully(device, 3, kBytes));
  std::vector<std::uint8_t> back(20);
  CHECK(*read_fully(device, 3, back) == kBytes.size());
  back.resize(kBytes.size());
  CHECK(back == kBytes);
}

TEST_CASE("A drive that takes part of a write and then no more is an error") {
  auto medium = std::make_shared<Medium>();
  medium->capacity = 5;
  MemoryDevice device(medium);
  const auto written = write_fully(device, 0, kBytes);
  REQUIRE_FALSE(written);
  CHECK(written.error().code == ENOSPC);
  CHECK(medium->bytes.size() == 5);
}

TEST_CASE("A drive that takes nothing and says nothing is an error, not a loop") {
  auto medium = std::make_shared<Medium>();
  medium->most_at_once = 0;
  MemoryDevice device(medium);
  CHECK_FALSE(write_fully(device, 0, kBytes));
}

}  // namespace
}  // namespace larder::cache

#include "cache/device.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "cache/foreign_content.h"
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

TEST_CASE("Reads of any place and length find what was written, past the kernel's memory where that can be done") {
  testing::TempDir dir;
  auto opened = FileDevice::open(dir / "ring");
  REQUIRE(opened);
  FileDevice& device = **opened;
  std::vector<std::uint8_t> bytes(50'000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 >> 3);
  REQUIRE(write_fully(device, 0, bytes));
  for (const std::size_t offset : {0U, 1U, 4095U, 4096U, 12'345U, 49'999U})
    for (const std::size_t length : {1U, 16U, 4096U, 8192U, 20'000U}) {
      std::vector<std::uint8_t> back(length, 0xAA);
      const std::size_t expected = std::min(length, bytes.size() - offset);
      REQUIRE(*read_fully(device, offset, back) == expected);
      CHECK(std::equal(back.begin(), back.begin() + static_cast<std::ptrdiff_t>(expected),
                       bytes.begin() + static_cast<std::ptrdiff_t>(offset)));
    }
}

TEST_CASE("A file that was taken away, or has another in its place, is noticed") {
  testing::TempDir dir;
  auto device = FileDevice::open(dir / "ring");
  REQUIRE(device);
  CHECK_FALSE((*device)->replaced());
  std::filesystem::rename(dir / "ring", dir / "away");
  CHECK((*device)->replaced());
  dir.write("ring", "another");
  CHECK((*device)->replaced());
  std::filesystem::rename(dir / "away", dir / "ring");
  CHECK_FALSE((*device)->replaced());
}

TEST_CASE("What a partition holds is known by its signature") {
  testing::TempDir dir;
  const auto content = [&](const std::string& bytes) {
    const UniqueFd fd(::open(dir.write("partition", bytes).c_str(), O_RDONLY | O_CLOEXEC));
    auto found = foreign_content(fd.get());
    REQUIRE(found);
    return *found;
  };
  CHECK(content(std::string(1 << 20, '\0')).empty());
  std::string luks(1 << 20, '\0');
  luks.replace(0, 8, std::string("LUKS\xba\xbe\0\1", 8));
  CHECK(content(luks) == "crypto_LUKS");
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

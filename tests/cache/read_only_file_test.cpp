#include "cache/read_only_file.h"

#include <unistd.h>

#include <array>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace larder;
using namespace larder::cache;
using larder::testing::read_file;
using larder::testing::TempDir;

TEST_CASE("a file that is only looked at cannot be changed") {
  TempDir directory;
  const std::string path = directory.write("ring", "0123456789");
  const auto file = ReadOnlyFile::open(path);
  REQUIRE(file);
  CHECK(*(*file)->bytes() == 10);
  std::array<std::uint8_t, 4> bytes{};
  CHECK(*(*file)->read(8, bytes) == 2);
  CHECK(bytes[1] == '9');
  (*file)->forget(0, 10);
  CHECK_FALSE((*file)->write(0, bytes));
  CHECK_FALSE((*file)->sync());
  CHECK_FALSE((*file)->clear());
  CHECK(read_file(path) == "0123456789");
}

TEST_CASE("it knows which process has the ring, and keeps nobody from it") {
  TempDir directory;
  const std::string path = directory.write("ring", "");
  const auto looking = ReadOnlyFile::open(path);
  REQUIRE(looking);
  CHECK((*looking)->holder() == 0);
  {
    const auto held = FileDevice::open(path);
    REQUIRE(held);
    CHECK((*looking)->holder() == ::getpid());
  }
  CHECK((*looking)->holder() == 0);
}

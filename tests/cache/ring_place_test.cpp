#include "cache/ring_place.h"

#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace larder::cache {
namespace {

TEST_CASE("A directory whose last part is missing is made, and the ring's file in it") {
  testing::TempDir dir;
  auto device = open_ring_place(dir / "cache", std::nullopt);
  REQUIRE(device);
  CHECK(std::filesystem::is_regular_file(dir / "cache/ring"));
  CHECK_FALSE((*device)->capacity());
}

TEST_CASE("A place that is not there is an error, and nothing is made") {
  testing::TempDir dir;
  CHECK_FALSE(open_ring_place(dir / "no/such", std::nullopt));
  CHECK(std::filesystem::is_empty(dir.path()));
  const auto device = open_ring_place("/dev/no-such-drive", std::nullopt);
  REQUIRE_FALSE(device);
  CHECK(device.error().message == "/dev/no-such-drive is not there");
  CHECK_FALSE(open_ring_place("/dev/null", std::nullopt));
}

TEST_CASE("A directory on a drive that fstab names is there when that is mounted, and not before") {
  testing::TempDir dir;
  std::filesystem::create_directory(dir / "drive");
  const std::string fstab = dir.write("fstab", "# comment\nLABEL=x " + (dir / "drive") +
                                                   " ext4 nofail 0 0\nproc /proc proc "
                                                   "defaults 0 0\n/dev/sda1 / ext4 defaults 0 1\n");
  CHECK(check_mounted("/proc/larder", fstab));
  CHECK(check_mounted(dir / "elsewhere", fstab));
  CHECK(check_mounted(dir / "drives/cache", fstab));
  const auto away = check_mounted(dir / "drive/cache", fstab);
  REQUIRE_FALSE(away);
  CHECK(away.error().message == dir / "drive" + " is not mounted, as " + fstab + " says it should be");
  CHECK_FALSE(check_mounted(dir / "drive", fstab));
  CHECK(check_mounted(dir / "drive", dir / "no-fstab"));
}

TEST_CASE("A ring is found by its uuid among the block devices, whatever its name is now") {
  testing::TempDir dir;
  const std::string names = dir / "names", nodes = dir / "nodes";
  std::filesystem::create_directory(names);
  std::filesystem::create_directory(nodes);
  const auto add = [&](const std::string& name, std::uint8_t uuid) {
    dir.write("names/" + name, "");
    auto device = FileDevice::open(nodes + "/" + name);
    REQUIRE(device);
    Superblock superblock{.uuid = {uuid}};
    REQUIRE(store_superblock(**device, superblock));
  };
  dir.write("names/no-node", "");
  dir.write("names/empty", "");
  dir.write("nodes/empty", "");
  add("sda1", 1);
  add("sdb1", 2);
  CHECK(find_block_device({2}, names, nodes) == nodes + "/sdb1");
  CHECK(find_block_device({3}, names, nodes) == std::nullopt);
  CHECK(find_block_device({3}, dir / "nowhere", nodes) == std::nullopt);
}

}  // namespace
}  // namespace larder::cache

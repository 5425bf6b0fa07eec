#include "arm/mounts.h"

#include <random>

#include "tests/support/boards.h"
#include "tests/support/catch.h"

using namespace larder::arm;
using namespace larder::testing;

TEST_CASE("A path lies on the mount with the longest name before it") {
  const TunedPi board;
  const auto all = mounts(board.root());
  CHECK(mount_of(all, "/").device == "mmcblk0p2");
  CHECK(mount_of(all, "/var/www").device == "mmcblk0p2");
  CHECK(mount_of(all, "/srv/larder/cache").device == "sda1");
  CHECK(mount_of(all, "/srv/larder").device == "sda1");
  CHECK(mount_of(all, "/srv/larderer").device == "mmcblk0p2");
  CHECK(mount_of(all, "/tmp/x").type == "tmpfs");
  CHECK(mount_of(all, "relative").point.empty());
  CHECK(is_card("mmcblk0p2"));
  CHECK_FALSE(is_card("sda1"));
}

TEST_CASE("The last of two mounts at one place is the one that is seen") {
  const auto all = parse_mountinfo(
      "1 0 8:1 / /mnt rw - ext4 /dev/sda1 rw\n"
      "2 0 8:2 / /mnt rw shared:3 master:4 - ext4 /dev/sdb1 rw\n");
  CHECK(mount_of(all, "/mnt/x").source == "/dev/sdb1");
}

TEST_CASE("Blanks in names are escaped by the kernel") {
  CHECK(unescaped("/mnt/my\\040stick") == "/mnt/my stick");
  CHECK(unescaped("a\\12") == "a\\12");
  CHECK(unescaped("\\") == "\\");
}

TEST_CASE("A swap file on the card is swap on the card") {
  const auto areas = swap_areas(StockPi().root());
  REQUIRE(areas.size() == 1);
  CHECK(areas[0].name == "/var/swap");
  CHECK(areas[0].bytes == 102'396ULL * 1024);
  CHECK(areas[0].device == "mmcblk0p2");
  CHECK(areas[0].on_card());
}

TEST_CASE("Compressed swap that is written back to a file on the card is swap on the card; without that it is not") {
  const NewStockPi4 board;
  REQUIRE(swap_areas(board.root()).size() == 1);
  CHECK(swap_areas(board.root())[0].compressed);
  CHECK(swap_areas(board.root())[0].on_card());
  board.write("sys/block/zram0/backing_dev", "none\n");
  CHECK_FALSE(swap_areas(board.root())[0].on_card());
  CHECK(swap_areas(board.root())[0].device.empty());
}

TEST_CASE("A partition of the card, and one of a stick") {
  const TunedPi board;
  CHECK(swap_areas(board.root()).empty());
  board.write("proc/swaps",
              "Filename Type Size Used Priority\n/dev/mmcblk0p3 partition 5 0 -2\n/dev/sda2 partition 5 0 -3\n");
  const auto areas = swap_areas(board.root());
  REQUIRE(areas.size() == 2);
  CHECK(areas[0].on_card());
  CHECK_FALSE(areas[1].on_card());
}

TEST_CASE("A loop that lies on itself ends") {
  const NewStockPi4 board;
  board.write("sys/block/loop0/loop/backing_file", "/dev/loop0\n");
  CHECK(swap_areas(board.root())[0].device.empty());
}

TEST_CASE("A machine without these files has no mounts and no swap") {
  const TempDir empty;
  CHECK(mounts(empty.path()).empty());
  CHECK(swap_areas(empty.path()).empty());
  CHECK(mount_of({}, "/x").device.empty());
}

TEST_CASE("Damaged lists give no mount without a place") {
  const std::string whole =
      "23 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw\n36 35 98:0 /m /mnt\\0402 rw - ext3 /dev/r rw\n";
  std::mt19937 random(5);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = whole;
    for (int n = 0; n < 4; ++n) text[random() % text.size()] = static_cast<char>(random());
    text.resize(random() % (text.size() + 1));
    for (const Mount& mount : parse_mountinfo(text)) REQUIRE(mount.point.starts_with('/'));
    for (const SwapArea& area : parse_swaps(text)) REQUIRE(area.name.starts_with('/'));
  }
}

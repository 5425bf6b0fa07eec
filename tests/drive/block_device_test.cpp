#include "drive/block_device.h"

#include "tests/drive/lsblk_outputs.h"
#include "tests/support/catch.h"

using namespace larder::drive;
using namespace larder::drive::testing;

namespace {

std::vector<BlockDevice> parsed(std::string_view output) {
  auto devices = parse_lsblk(output);
  REQUIRE(devices);
  return *std::move(devices);
}

const BlockDevice& device_of(const std::vector<BlockDevice>& devices, std::string_view path) {
  const BlockDevice* found = find_device(devices, path);
  REQUIRE(found != nullptr);
  return *found;
}

// A list with one drive of which one thing is as said.
std::string one_drive(const std::string& but) {
  return R"({"blockdevices": [{"kname": "/dev/sda", "type": "disk", "size": 1, "model": null, "tran": null,
             "ro": false, "mountpoints": [null], )" +
         but + "}]}";
}

using Mounts = std::vector<std::string>;

}  // namespace

TEST_CASE("a drive is read with its partitions") {
  const auto drives = parsed(kPiWithStick);
  REQUIRE(drives.size() == 2);
  const BlockDevice& stick = drives[0];
  CHECK(stick.path == "/dev/sda");
  CHECK(stick.type == "disk");
  CHECK(stick.model == "Ultra Fit");
  CHECK(stick.bus == "usb");
  CHECK(stick.bytes == 30765219840);
  CHECK_FALSE(stick.read_only);
  CHECK(stick.mounted_on.empty());
  REQUIRE(stick.children.size() == 1);
  CHECK(stick.children[0].path == "/dev/sda1");
  CHECK(stick.children[0].model.empty());
  CHECK(stick.children[0].mounted_on == Mounts{"/media/pi/PHOTOS"});
  CHECK(device_of(parsed(kEncryptedRoot), "/dev/sdd").read_only);
}

TEST_CASE("a device is found wherever it lies, by its whole name") {
  const auto drives = parsed(kEncryptedRoot);
  CHECK(device_of(drives, "/dev/dm-1").type == "lvm");
  CHECK(find_device(drives, "/dev/sd") == nullptr);
  CHECK(find_device(drives, "/dev/sda12") == nullptr);
}

TEST_CASE("the mounts of a drive are those of everything on it") {
  const auto drives = parsed(kPiWithNvme);
  CHECK(all_mounts(drives[0]) == Mounts{"/boot/firmware", "/var/log", "/", "[SWAP]"});
  CHECK(all_mounts(drives[1]).empty());
}

TEST_CASE("the card with /boot/firmware and / holds the system, the stick does not") {
  const auto drives = parsed(kPiWithStick);
  CHECK(system_mount(device_of(drives, "/dev/mmcblk0")) == "/boot/firmware");
  CHECK(system_mount(device_of(drives, "/dev/mmcblk0p2")) == "/");
  CHECK(system_mount(device_of(drives, "/dev/sda")).empty());
}

TEST_CASE("a drive under an encrypted logical volume with / holds the system, each of several") {
  const auto drives = parsed(kEncryptedRoot);
  for (const char* path : {"/dev/sda", "/dev/sda1", "/dev/dm-0", "/dev/dm-1", "/dev/sdb"}) {
    INFO(path);
    CHECK(system_mount(device_of(drives, path)) == "/");
  }
}

TEST_CASE("a drive that memory is swapped to holds the system") {
  CHECK(system_mount(device_of(parsed(kEncryptedRoot), "/dev/sdc")) == "[SWAP]");
}

TEST_CASE("each folder of the system counts, folders of data below or beside them do not") {
  for (const char* mount :
       {"/", "/boot", "/boot/efi", "/etc", "/home", "/opt", "/root", "/usr", "/var", "[SWAP]", "/media/root-ro"}) {
    INFO(mount);
    CHECK(system_mount({.mounted_on = {"/data", mount}}) == mount);
  }
  for (const char* mount :
       {"/bootleg", "/srv", "/srv/larder", "/mnt", "/media/pi/usr", "/var/cache/larder", "/homes"}) {
    INFO(mount);
    CHECK(system_mount({.mounted_on = {mount}}).empty());
  }
}

TEST_CASE("a partition beside the system's is on the system's drive") {
  const auto drives = parsed(kPiWithNvme);
  CHECK(system_mount(device_of(drives, "/dev/nvme0n1p4")).empty());
  CHECK(system_mount_of_drive(drives, "/dev/nvme0n1p4") == "/boot/firmware");
  CHECK(system_mount_of_drive(drives, "/dev/nvme1n1").empty());
  const auto encrypted = parsed(kEncryptedRoot);
  CHECK(system_mount_of_drive(encrypted, "/dev/sdb") == "/");
  CHECK(system_mount_of_drive(encrypted, "/dev/dm-1") == "/");
}

TEST_CASE("a warning before the list is no part of it") {
  CHECK(parsed(std::string("lsblk: /dev/sr0: failed to get device path\n") + kPiWithStick).size() == 2);
}

TEST_CASE("what is no list of drives is an error, whatever it is") {
  for (const char* text : {"", "{", "[]", "null", "{}", "lsblk: unknown column: MOUNTPOINTS", R"({"blockdevices": 1})",
                           R"({"blockdevices": [1]})", R"({"blockdevices": [{}]})"}) {
    INFO(text);
    CHECK_FALSE(parse_lsblk(text));
  }
}

TEST_CASE("a drive that is described in other words is an error, not a guess") {
  CHECK(parse_lsblk(one_drive(R"("x": 1)")));
  for (const char* but : {R"("kname": null)", R"("kname": "")", R"("size": "1")", R"("size": -1)", R"("size": null)",
                          R"("ro": "0")", R"("ro": null)", R"("mountpoints": null)", R"("mountpoints": "/")",
                          R"("mountpoints": [1])", R"("children": {})", R"("children": [{}])", R"("model": 1)"}) {
    INFO(but);
    CHECK_FALSE(parse_lsblk(one_drive(but)));
  }
}

TEST_CASE("a name in an unknown encoding does not hide the drives") {
  const auto drives = parsed(one_drive("\"mountpoints\": [\"/media/M\xFCller\"]"));
  CHECK(drives[0].mounted_on == Mounts{"/media/M?ller"});
  CHECK(parsed(one_drive("\"mountpoints\": [\"/media/M\xC3\xBCller\"]"))[0].mounted_on ==
        Mounts{"/media/M\xC3\xBCller"});
}

TEST_CASE("a drive is described with every part of it") {
  BlockDevice stick = parsed(kPiWithStick)[0];
  stick.content.partitions = "dos";
  stick.children[0].content = {.type = "vfat", .label = "PHOTOS", .uuid = "3AF1-20B7", .partitions = ""};
  CHECK(describe(stick) ==
        "Ultra Fit (usb)\n"
        "             SIZE     HOLDS           LABEL   MOUNTED ON\n"
        "/dev/sda     30.8 GB  dos partitions\n"
        "  /dev/sda1  30.8 GB  vfat            PHOTOS  /media/pi/PHOTOS\n");
}

TEST_CASE("nothing that a drive says reaches the terminal as a command to it") {
  const auto drives = parsed(one_drive(R"("model": "x\u001b[2J", "mountpoints": ["/media/\u0007\u007f"])"));
  const std::string text = describe(drives[0]);
  CHECK(text.find("x?[2J") != std::string::npos);
  CHECK(text.find("/media/??") != std::string::npos);
  CHECK(text.find("nothing known") != std::string::npos);
}

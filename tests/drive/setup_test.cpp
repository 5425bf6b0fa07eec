#include "drive/setup.h"

#include "tests/drive/setup_fixture.h"

using namespace larder;
using namespace larder::drive;
using namespace larder::drive::testing;

TEST_CASE("a stick is erased, formatted, labelled at last, mounted by its UUID and filled") {
  PiWithStick pi;
  REQUIRE(pi.set_up());
  pi.check_is_set_up();
  CHECK(pi.machine.commands == std::vector<std::string>{
                                   "wipefs --all --quiet /dev/sda",
                                   "partx --delete /dev/sda",
                                   "mkfs.ext4 -q -F -m 0 -U uuid-1 /dev/sda",
                                   "tune2fs -L larder /dev/sda",
                                   "systemctl daemon-reload",
                                   "systemctl start unit.automount",
                               });
}

TEST_CASE("without systemd it is mounted at once") {
  PiWithStick pi;
  pi.machine.systemd = false;
  REQUIRE(pi.set_up());
  pi.check_is_set_up();
  CHECK(pi.machine.commands.back() == "mount " + pi.options.mount_point);
}

TEST_CASE("a drive may be called by any of its names, and be a partition") {
  PiWithStick pi;
  pi.options.device = "/dev/disk/by-id/usb-stick";
  REQUIRE(pi.set_up());
  pi.check_is_set_up();

  PiWithStick other;
  other.options.device = "/dev/sda1";
  CHECK_FALSE(other.set_up());  // the fake mounts whole drives only
  CHECK(other.machine.device("/dev/sda1").content.label == "larder");
  CHECK(other.stick().content.partitions == "dos");
}

TEST_CASE("the user sees what is on the drive, and is asked") {
  PiWithStick pi;
  pi.options.erase_unasked = false;
  pi.machine.answer = "yes";
  REQUIRE(pi.set_up());
  pi.check_is_set_up();
  contains(pi.machine.said, "Ultra Fit (usb)");
  contains(pi.machine.said, "PHOTOS");
  CHECK(pi.machine.asked == "Everything on /dev/sda will be lost. Type \"yes\" to go on: ");
}

TEST_CASE("any other answer than yes changes nothing") {
  for (const char* answer : {"", "y", "YES", "yes ", "no"}) {
    PiWithStick pi;
    pi.options.erase_unasked = false;
    pi.machine.answer = answer;
    CHECK(pi.refusal() == "nothing was changed");
  }
}

TEST_CASE("where nobody can be asked nothing is erased") {
  PiWithStick pi;
  pi.options.erase_unasked = false;
  contains(pi.refusal(), "--yes erases unasked");
}

TEST_CASE("a drive that became another one while the user thought is not erased") {
  PiWithStick pi;
  pi.options.erase_unasked = false;
  pi.machine.answer = "yes";
  pi.machine.while_asked = [&] { pi.stick().children[0].content.label = "WEDDING"; };
  const Status done = pi.set_up();
  REQUIRE_FALSE(done);
  contains(done.error().message, "has changed since it was shown");
  CHECK(pi.machine.commands.empty());
}

TEST_CASE("a line that somebody else wrote while the user thought is kept") {
  PiWithStick pi;
  pi.options.erase_unasked = false;
  pi.machine.answer = "yes";
  pi.machine.while_asked = [&] { pi.directory.write("fstab", "tmpfs /scratch tmpfs\n"); };
  REQUIRE(pi.set_up());
  CHECK(pi.fstab() == with_line("tmpfs /scratch tmpfs\n", "UUID=uuid-1", pi.options.mount_point));
}

TEST_CASE("only root sets up drives") {
  PiWithStick pi;
  pi.machine.root = false;
  contains(pi.refusal(), "run it with sudo");
}

TEST_CASE("without the user of the service there is nobody to own the folders") {
  PiWithStick pi;
  pi.machine.larder.reset();
  contains(pi.refusal(), "there is no user larder: install the package");
}

TEST_CASE("what is no drive is refused") {
  PiWithStick pi;
  pi.options.device = "README.md";
  contains(pi.refusal(), "is no drive");
  pi.options.device = "/dev/sdx";
  contains(pi.refusal(), "none of the drives that lsblk knows");
}

TEST_CASE("the drive that holds the system is refused, and every partition of it") {
  PiWithStick pi;
  pi.machine.device("/dev/mmcblk0")
      .children.push_back({.path = "/dev/mmcblk0p3", .type = "part", .bytes = 2'000'000'000});
  for (const char* device : {"/dev/mmcblk0", "/dev/mmcblk0p1", "/dev/mmcblk0p2", "/dev/mmcblk0p3"}) {
    pi.options.device = device;
    contains(pi.refusal(), std::string(device) + " is on the drive that this system runs from (/boot/firmware)");
  }
}

TEST_CASE("the drive that holds the system is refused even when it bears our label") {
  PiWithStick pi;
  pi.options.device = "/dev/mmcblk0p2";
  pi.machine.device("/dev/mmcblk0p2").content = {.type = "ext4", .label = "larder", .uuid = "u", .partitions = ""};
  contains(pi.refusal(), "the drive that this system runs from");
}

TEST_CASE("a drive that cannot be written is refused") {
  PiWithStick pi;
  pi.stick().read_only = true;
  contains(pi.refusal(), "/dev/sda is read-only");
}

TEST_CASE("a drive that cannot be read is not taken for an empty one") {
  PiWithStick pi;
  pi.machine.broken = "/dev/sda";
  contains(pi.refusal(), "read /dev/sda: Input/output error");
}

TEST_CASE("a drive of less than 1 GB is refused, one of just that is not") {
  PiWithStick pi;
  pi.stick().bytes = 999'999'999;
  contains(pi.refusal(), "take a drive of at least 1.0 GB");
  pi.stick().bytes = 1'000'000'000;
  CHECK(pi.set_up());
}

TEST_CASE("a drive that is mounted is refused with the command to unmount it") {
  PiWithStick pi;
  pi.stick().children[0].mounted_on = {"/media/pi/PHOTOS", "/mnt"};
  CHECK(pi.refusal() == "/dev/sda is in use: first say \"umount /media/pi/PHOTOS /mnt\"");
}

TEST_CASE("a drive of somebody else's is refused even when it is mounted on our folder") {
  PiWithStick pi;
  pi.stick().children[0].mounted_on = {pi.options.mount_point};
  contains(pi.refusal(), "is in use");
}

TEST_CASE("a drive of ours that is mounted elsewhere is refused") {
  PiWithStick pi;
  REQUIRE(pi.set_up());
  pi.stick().mounted_on = {"/media/pi/larder"};
  pi.machine.commands.clear();
  CHECK(pi.refusal() == "/dev/sda is in use: first say \"umount /media/pi/larder\"");
}

TEST_CASE("a folder that another drive is mounted on is refused") {
  PiWithStick pi;
  pi.machine.drives.push_back(
      {.path = "/dev/sdb", .type = "disk", .bytes = 8'000'000'000, .mounted_on = {pi.options.mount_point}});
  contains(pi.refusal(), "/dev/sdb has something else mounted on " + pi.options.mount_point);
}

TEST_CASE("a folder that the fstab has other plans for is refused") {
  PiWithStick pi;
  pi.directory.write("fstab", "UUID=other " + pi.options.mount_point + " ext4\n");
  contains(pi.refusal(), pi.fstab_path + ": line 1 is \"UUID=other");
}

TEST_CASE("files that the drive would hide are not hidden") {
  PiWithStick pi;
  pi.directory.write("srv/larder/site/index.php", "hello");
  contains(pi.refusal(), "holds files, which the drive would hide");
}

TEST_CASE("a folder that is there and empty is as good as none") {
  PiWithStick pi;
  std::filesystem::create_directories(pi.options.mount_point);
  REQUIRE(pi.set_up());
  pi.check_is_set_up();
}

TEST_CASE("a folder whose path would mean something else in the fstab is refused") {
  PiWithStick pi;
  for (const char* path : {"srv/larder", "", "/", "/srv/../", "/srv/my stick", "/srv/a\tb", "/srv/a\nb", "/srv/a#b",
                           "/srv/a\\040b", "/srv/\"a\""}) {
    pi.options.mount_point = path;
    contains(pi.refusal(), "--mount");
  }
}

TEST_CASE("a slash at the end of the folder makes no difference") {
  PiWithStick pi;
  pi.options.mount_point += "/";
  REQUIRE(pi.set_up());
  pi.options.mount_point.pop_back();
  pi.check_is_set_up();
}

TEST_CASE("a drive that was set up before is not erased, whoever says yes") {
  PiWithStick pi;
  REQUIRE(pi.set_up());
  pi.directory.write("srv/larder/site/index.php", "hello");
  pi.machine.commands.clear();
  pi.machine.said.clear();
  REQUIRE(pi.set_up());
  CHECK(pi.machine.commands.empty());
  CHECK(larder::testing::read_file(pi.options.mount_point + "/site/index.php") == "hello");
  pi.check_is_set_up();
  contains(pi.machine.said, "nothing is erased");
  contains(pi.machine.said, "wipefs -a /dev/sda; sed -i /uuid-1/d " + pi.fstab_path);
}

TEST_CASE("a drive that was set up before gets back what it lost, unasked") {
  PiWithStick pi;
  REQUIRE(pi.set_up());
  pi.options.erase_unasked = false;
  std::filesystem::remove_all(pi.options.mount_point + "/site");
  std::filesystem::remove(pi.options.mount_point + "/cache/ring");
  pi.directory.write("fstab", pi.fstab_of_pi);
  REQUIRE(pi.set_up());
  pi.check_is_set_up();
}

TEST_CASE("what follows the words of how to begin anew comes out right") {
  PiWithStick pi;
  REQUIRE(pi.set_up());
  pi.machine.reboot();
  std::filesystem::remove_all(pi.options.mount_point);  // it was on the drive
  pi.stick().content = {};
  pi.directory.write("fstab", pi.fstab_of_pi);
  REQUIRE(pi.set_up());
  pi.check_is_set_up();
  CHECK(pi.stick().content.uuid == "uuid-2");
}

TEST_CASE("a label alone does not make a drive ours, nor does ext4") {
  PiWithStick pi;
  pi.options.erase_unasked = false;
  pi.stick().children.clear();
  pi.stick().content = {.type = "vfat", .label = "larder", .uuid = "u", .partitions = ""};
  contains(pi.refusal(), "nobody to ask");
  pi.stick().content = {.type = "ext4", .label = "Larder", .uuid = "u", .partitions = ""};
  contains(pi.refusal(), "nobody to ask");
}

TEST_CASE("a program that fails ends it with its words and what to do") {
  for (const char* program : {"wipefs", "mkfs.ext4", "tune2fs", "systemctl", "systemd-escape"}) {
    PiWithStick pi;
    pi.machine.broken = program;
    const Status done = pi.set_up();
    REQUIRE_FALSE(done);
    contains(done.error().message, program);
    contains(done.error().message, "failed with code 1: it is broken\nThe same command again goes on from here.");
    pi.machine.broken.clear();
    REQUIRE(pi.set_up());
    pi.check_is_set_up();
  }
}

TEST_CASE("a drive that does not appear on its folder is no success") {
  PiWithStick pi;
  pi.machine.systemd = false;
  const Status done = [&] {
    pi.options.device = "/dev/sda1";  // the fake mounts whole drives only
    return pi.set_up();
  }();
  REQUIRE_FALSE(done);
  contains(done.error().message, "did not appear on");
  CHECK_FALSE(std::filesystem::exists(pi.options.mount_point + "/site"));
}

TEST_CASE("the user is told what to write into the ini") {
  PiWithStick pi;
  pi.options.site_roots = {"/var/www/html"};
  pi.options.cache_path = "/var/cache/larder";
  REQUIRE(pi.set_up());
  const std::string& at = pi.options.mount_point;
  contains(pi.machine.said, "Now write into /etc/larder/larder.ini:\n\n  [site]\n  root = " + at +
                                "/site\n  [cache]\n  path = " + at + "/cache\n\nand then: systemctl restart larder");
  contains(pi.machine.said, "ReadWritePaths=" + at);
}

TEST_CASE("an ini that has it all is left alone") {
  PiWithStick pi;
  pi.options.site_roots = {"/var/www/html", pi.options.mount_point + "/site/blog"};
  pi.options.cache_path = pi.options.mount_point + "/cache";
  REQUIRE(pi.set_up());
  contains(pi.machine.said, "/etc/larder/larder.ini has what it needs");
}

TEST_CASE("the ring takes at most half of the drive, and the ini must say so") {
  PiWithStick pi;
  pi.stick().bytes = 2'000'000'000;
  pi.options.ring_bytes = 953ULL << 20;  // 2 GB are 1907 MiB
  REQUIRE(pi.set_up());
  CHECK(pi.machine.said.find("size = ") == std::string::npos);

  PiWithStick small;
  small.stick().bytes = 2'000'000'000;
  small.options.ring_bytes = 954ULL << 20;
  REQUIRE(small.set_up());
  contains(small.machine.said, "size = 953M ");
}

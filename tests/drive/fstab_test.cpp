#include "drive/fstab.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace larder::drive;
using larder::testing::read_file;
using larder::testing::TempDir;

namespace {

constexpr const char* kOurs = "UUID=0b7a0c7c-3a53-4a36-9e0e-50a2c2fa1f10";
constexpr const char* kPi =
    "proc            /proc           proc    defaults          0       0\n"
    "PARTUUID=4e639091-01  /boot/firmware  vfat    defaults          0       2\n"
    "PARTUUID=4e639091-02  /               ext4    defaults,noatime  0       1\n"
    "# a swapfile is not a swap partition, no line here\n"
    "#   use  dphys-swapfile swap[on|off]  for that\n";

std::string ours(const std::string& place = "/srv/larder") {
  return std::string(kOurs) + " " + place +
         " ext4 "
         "noatime,nodev,nosuid,nofail,errors=remount-ro,commit=60,x-systemd.automount,x-systemd.device-timeout=30s 0 "
         "2\n";
}

bool lacks(const std::string& text, const char* source = kOurs) {
  const auto result = lacks_line(text, source, "/srv/larder");
  INFO(text);
  REQUIRE(result);
  return *result;
}

std::string refusal(const std::string& text, const char* source = kOurs) {
  const auto result = lacks_line(text, source, "/srv/larder");
  INFO(text);
  REQUIRE_FALSE(result);
  return result.error().message;
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode;
}

}  // namespace

TEST_CASE("lines are read with their numbers; comments and blank lines mount nothing") {
  const auto lines = fstab_lines("# x /a\n\n \t\n\t/dev/sda1\t /b/  ext4\r\nalone\n  # UUID=1 /c\nUUID=2 / auto");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].number == 4);
  CHECK(lines[0].source == "/dev/sda1");
  CHECK(lines[0].mount_point == "/b");
  CHECK(lines[0].text == "\t/dev/sda1\t /b/  ext4");
  CHECK(lines[1].number == 7);
  CHECK(lines[1].mount_point == "/");
}

TEST_CASE("the line is added at the end, everything before it stays byte for byte") {
  CHECK(with_line(kPi, kOurs, "/srv/larder") == kPi + ours());
  CHECK(with_line("", kOurs, "/srv/larder") == ours());
  CHECK(with_line("/dev/sdb1\t/x\text4\r\n", kOurs, "/srv/larder") == "/dev/sdb1\t/x\text4\r\n" + ours());
}

TEST_CASE("a last line without its end is not continued by ours") {
  CHECK(with_line("/dev/sdb1 /x ext4", kOurs, "/srv/larder") == "/dev/sdb1 /x ext4\n" + ours());
}

TEST_CASE("a line that was added is not missing any more") {
  CHECK(lacks(kPi));
  CHECK_FALSE(lacks(with_line(kPi, kOurs, "/srv/larder")));
}

TEST_CASE("our line may have been edited") {
  CHECK_FALSE(lacks(std::string(kOurs) + "\t/srv/larder/\tauto\tdefaults\t0\t0\r\n"));
  CHECK_FALSE(lacks("UUID=\"0b7a0c7c-3a53-4a36-9e0e-50a2c2fa1f10\" /srv/larder ext4 ro"));
}

TEST_CASE("a line that is commented out is missing") { CHECK(lacks("#" + ours())); }

TEST_CASE("lines for other folders are no business of ours") {
  CHECK(lacks("UUID=1 /srv ext4\nUUID=2 /srv/larder/site ext4\nUUID=3 /srv/larder2 ext4\n"));
}

TEST_CASE("something else on our folder is refused with its line, also before the drive has a UUID") {
  for (const char* source : {kOurs, ""}) {
    CHECK(
        refusal("# x\nLABEL=larder /srv/larder ext4 defaults\n", source) ==
        "line 2 is \"LABEL=larder /srv/larder ext4 defaults\", which mounts something else on /srv/larder: remove that "
        "line, or choose another folder with --mount");
  }
}

TEST_CASE("our drive on another folder is refused with what to do") {
  CHECK(refusal(ours("/mnt/stick")).find("say --mount /mnt/stick") != std::string::npos);
}

TEST_CASE("a file keeps its mode when it is replaced, and nothing is left beside it") {
  const TempDir directory;
  const std::string path = directory.write("fstab", "old");
  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  REQUIRE(replace_text(path, "new"));
  CHECK(read_file(path) == "new");
  CHECK((mode_of(path) & 07777) == 0640);
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 1);
}

TEST_CASE("a file that was not there is made for all to read") {
  const TempDir directory;
  CHECK(*read_text(directory / "fstab") == "");
  REQUIRE(replace_text(directory / "fstab", "new"));
  CHECK(*read_text(directory / "fstab") == "new");
  CHECK((mode_of(directory / "fstab") & 07777) == 0644);
}

TEST_CASE("behind a symbolic link the file is replaced, not the link") {
  const TempDir directory;
  directory.write("real/fstab", "old");
  REQUIRE(::symlink("real/fstab", (directory / "fstab").c_str()) == 0);
  REQUIRE(replace_text(directory / "fstab", "new"));
  CHECK(S_ISLNK(mode_of(directory / "fstab")));
  CHECK(read_file(directory / "real/fstab") == "new");
}

TEST_CASE("what was left of a replacement that was cut off is in nobody's way") {
  const TempDir directory;
  const std::string path = directory.write("fstab", "old");
  directory.write("fstab.larder-new", "a longer text that was never renamed");
  REQUIRE(replace_text(path, "new"));
  CHECK(read_file(path) == "new");
}

TEST_CASE("a file that cannot be read or replaced says so") {
  const TempDir directory;
  CHECK_FALSE(read_text(directory.path()));
  CHECK_FALSE(replace_text(directory / "nowhere/fstab", "new"));
  CHECK_FALSE(replace_text(directory.path(), "new"));
}

// A Pi with its SD card and a stick, and the words that tests of setting up the stick are made of.
#pragma once

#include <string>

#include "drive/setup.h"
#include "tests/drive/fake_machine.h"
#include "tests/drive/lsblk_outputs.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace larder::drive::testing {

struct PiWithStick {
  PiWithStick() {
    machine.drives = *parse_lsblk(kPiWithStick);
    stick().content.partitions = "dos";
    stick().children[0].content = {.type = "vfat", .label = "PHOTOS", .uuid = "3AF1-20B7", .partitions = ""};
    stick().children[0].mounted_on.clear();
    options.device = "/dev/sda";
    options.erase_unasked = true;
    options.mount_point = directory / "srv/larder";
    options.fstab = fstab_path;
    options.ring_bytes = 64 << 20;
  }

  BlockDevice& stick() { return machine.device("/dev/sda"); }
  Status set_up() { return set_up_drive(options, machine); }
  std::string fstab() const { return larder::testing::read_file(fstab_path); }

  // The words of the error; whatever it says, nothing was changed.
  std::string refusal() {
    const std::vector<BlockDevice> before = machine.drives;
    const std::string fstab_before = fstab();
    const bool folder_before = std::filesystem::exists(options.mount_point);
    const Status done = set_up();
    REQUIRE_FALSE(done);
    CHECK(machine.commands.empty());
    CHECK(machine.drives == before);
    CHECK(fstab() == fstab_before);
    CHECK(std::filesystem::exists(options.mount_point) == folder_before);
    return done.error().message;
  }

  void check_is_set_up() {
    CHECK(stick().content.type == "ext4");
    CHECK(stick().content.label == "larder");
    CHECK(stick().children.empty());
    CHECK(stick().mounted_on == std::vector<std::string>{options.mount_point});
    CHECK(fstab() == with_line(fstab_of_pi, fstab_source(stick().content.uuid), options.mount_point));
    for (const char* name : {"/site", "/cache", "/cache/ring"}) {
      INFO(name);
      CHECK(std::filesystem::exists(options.mount_point + name));
    }
    CHECK(std::distance(std::filesystem::directory_iterator(options.mount_point), {}) == 2);
    CHECK(std::filesystem::file_size(options.mount_point + "/cache/ring") > 0);
  }

  const std::string fstab_of_pi =
      "proc /proc proc defaults 0 0\n"
      "PARTUUID=4e639091-02 / ext4 defaults,noatime 0 1\n";
  const larder::testing::TempDir directory;
  const std::string fstab_path = directory.write("fstab", fstab_of_pi);
  FakeMachine machine{fstab_path};
  SetupOptions options;
};

inline bool contains(const std::string& text, const std::string& words) {
  INFO(text);
  const bool found = text.find(words) != std::string::npos;
  CHECK(found);
  return found;
}

}  // namespace larder::drive::testing

// FakeMachine: drives that exist in memory only, the programs that change them, and a user in front of it; it can be
// killed before any question it is asked or command it is given, or right after.
//
// The file system is real: the folder that a drive is mounted on is a plain one, whether or not it is mounted.
#pragma once

#include <unistd.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "drive/block_device.h"
#include "drive/fstab.h"
#include "drive/machine.h"

namespace larder::drive::testing {

struct Killed {};

class FakeMachine final : public Machine {
 public:
  explicit FakeMachine(std::string fstab) : fstab_(std::move(fstab)) {}

  // State.
  bool root = true, systemd = true;
  std::optional<Owner> larder = Owner{.user = ::getuid(), .group = ::getgid()};
  std::vector<BlockDevice> drives;
  std::optional<std::string> answer;  // of the user; nullopt: nobody is there
  std::string broken;                 // the program that fails
  std::function<void()> while_asked = [] {};

  // What happened.
  std::vector<std::string> commands;  // that change something
  std::string said, asked;

  // Killed at the n-th step, each of which has a moment before its effect and one after it; -1: never.
  int kill_at = -1;
  int steps() const { return steps_; }

  BlockDevice& device(std::string_view path) { return const_cast<BlockDevice&>(*find_device(drives, path)); }
  void reboot() {
    for (BlockDevice& drive : drives) drive.mounted_on.clear();
    automounts_.clear();
  }

  bool is_root() const override { return root; }
  bool has_systemd() const override { return systemd; }
  std::optional<Owner> find_user(const std::string& name) const override {
    return name == "larder" ? larder : std::nullopt;
  }
  Result<std::string> block_device(const std::string& path) override {
    if (path == "/dev/disk/by-id/usb-stick") return std::string("/dev/sda");
    if (!path.starts_with("/dev/")) return Error{path + " is no drive"};
    return path;
  }
  Status try_to_read(const std::string& path) override {
    if (path == broken) return Error{"read " + path + ": Input/output error"};
    return Done{};
  }
  Result<std::string> new_uuid() override { return "uuid-" + std::to_string(++uuids_); }
  void say(const std::string& text) override {
    step();
    said += text + "\n";
    step();
  }
  std::optional<std::string> ask(const std::string& question) override {
    step();
    if (answer) asked += question;
    while_asked();
    return answer;
  }
  Result<Finished> run(const std::vector<std::string>& command, Millis) override {
    step();
    if (command[0] == broken) return Finished{.code = 1, .output = "it is broken\n"};
    Finished finished = perform(command);
    step();
    return finished;
  }

 private:
  void step() {
    if (steps_++ == kill_at) throw Killed{};
  }

  Finished perform(const std::vector<std::string>& command) {
    if (command == lsblk_command()) return {.code = 0, .output = list()};
    if (command[0] == "blkid") return probe(device(command.back()).content);
    if (command[0] == "systemd-escape") return {.code = 0, .output = "unit.automount\n"};
    std::string line;
    for (const std::string& word : command) line += (line.empty() ? "" : " ") + word;
    commands.push_back(line);
    if (command[0] == "wipefs") device(command.back()).content = {};
    if (command[0] == "partx") {  // the kernel of this machine does not listen to wipefs
      device(command.back()).children.clear();
      return {.code = 1, .output = "whether it did or not\n"};
    }
    if (command[0] == "mkfs.ext4")
      device(command.back()).content = {.type = "ext4", .label = "", .uuid = *(command.end() - 2), .partitions = ""};
    if (command[0] == "tune2fs") device(command.back()).content.label = command[2];
    if (line == "systemctl daemon-reload") automounts_ = *read_text(fstab_);
    if (line == "systemctl start unit.automount") mount_from(automounts_);
    if (command[0] == "mount") mount_from(*read_text(fstab_));
    return {};
  }

  void mount_from(const std::string& fstab) {
    for (const FstabLine& line : fstab_lines(fstab))
      for (BlockDevice& drive : drives)
        if (line.source == fstab_source(drive.content.uuid)) drive.mounted_on.emplace_back(line.mount_point);
  }

  static Finished probe(const Content& content) {
    if (content == Content{}) return {.code = 2, .output = ""};
    std::string text;
    if (!content.type.empty()) text += "TYPE=" + content.type + "\n";
    if (!content.label.empty()) text += "LABEL=" + content.label + "\n";
    if (!content.uuid.empty()) text += "UUID=" + content.uuid + "\n";
    if (!content.partitions.empty()) text += "PTTYPE=" + content.partitions + "\n";
    return {.code = 0, .output = text};
  }

  static nlohmann::json json_of(const std::vector<BlockDevice>& devices) {
    nlohmann::json list = nlohmann::json::array();
    for (const BlockDevice& device : devices) {
      nlohmann::json json = {{"kname", device.path},
                             {"type", device.type},
                             {"size", device.bytes},
                             {"model", device.model},
                             {"tran", device.bus},
                             {"ro", device.read_only},
                             {"mountpoints", device.mounted_on}};
      if (!device.children.empty()) json["children"] = json_of(device.children);
      list.push_back(json);
    }
    return list;
  }
  std::string list() const { return nlohmann::json{{"blockdevices", json_of(drives)}}.dump(); }

  const std::string fstab_;
  std::string automounts_;  // the fstab that systemd has read
  int steps_ = 0, uuids_ = 0;
};

}  // namespace larder::drive::testing

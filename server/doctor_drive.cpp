// The checks of the drive that the page cache lies on.
#include <fmt/core.h>

#include <filesystem>

#include "arm/board.h"
#include "arm/mounts.h"
#include "arm/text_file.h"
#include "drive/fstab.h"
#include "server/doctor.h"

namespace larder::server {
namespace {

namespace fs = std::filesystem;

arm::Mount mount_of(const std::string& root, const std::string& path) { return arm::mount_of(arm::mounts(root), path); }

// "480": megabits a second of the USB port of a block device; empty when it hangs on no USB.
std::string usb_speed(const std::string& root, const std::string& device) {
  std::error_code failed;
  fs::path folder = fs::canonical(root + "/sys/class/block/" + device, failed);
  if (failed) return {};
  for (; folder.has_relative_path() && folder != folder.parent_path(); folder = folder.parent_path())
    if (const std::string speed = arm::read_text((folder / "speed").string()); !speed.empty())
      return std::string(arm::trimmed(speed));
  return {};
}

// The UUID that udev knows for it.
std::string uuid_of(const std::string& root, const std::string& device) {
  std::error_code failed;
  for (fs::directory_iterator at(root + "/dev/disk/by-uuid", failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code unread;
    if (fs::read_symlink(at->path(), unread).filename() == device && !unread) return at->path().filename().string();
  }
  return {};
}

}  // namespace

Finding check_cache_place(const std::string& root, const std::string& path) {
  if (path.empty()) return {"cache drive", Verdict::warn, "cache.path is empty: pages are lost at every start", ""};
  const arm::Mount mount = mount_of(root, path);
  if (arm::is_card(mount.device))
    return {"cache drive", Verdict::fail,
            fmt::format("{} lies on the SD card ({}): it will wear out", path, mount.device),
            "sudo larder setup-drive /dev/sda"};
  if (mount.type == "tmpfs")
    return {"cache drive", Verdict::warn, fmt::format("{} lies in memory: pages cost it twice", path), ""};
  return {"cache drive", Verdict::pass,
          fmt::format("{} on {}", path, mount.device.empty() ? mount.source : mount.device), ""};
}

Finding check_usb_speed(const std::string& root, const std::string& path) {
  const std::string speed = usb_speed(root, mount_of(root, path).device);
  if (speed.empty()) return {"usb speed", Verdict::pass, "the cache lies on no USB drive", ""};
  const auto megabits = arm::number_at_start(speed).value_or(0);
  constexpr std::uint64_t kUsb2 = 480, kUsb3 = 5'000;
  if (megabits < kUsb2)
    return {"usb speed", Verdict::fail, fmt::format("{} Mbit/s, as in 1998: another port, cable or stick", speed), ""};
  const std::string model = arm::board_model(root + "/proc/device-tree");
  const bool has_usb3 = model == "Raspberry Pi 4" || model == "Raspberry Pi 5";
  if (megabits < kUsb3 && has_usb3)
    return {"usb speed", Verdict::warn,
            fmt::format("{} Mbit/s: the blue ports of this board are ten times as fast", speed), ""};
  return {"usb speed", Verdict::pass, speed + " Mbit/s", ""};
}

Finding check_mount_by_name(const std::string& root, const std::string& path) {
  const arm::Mount mount = mount_of(root, path);
  const std::string fstab = arm::read_text(root + "/etc/fstab");
  for (const drive::FstabLine& line : drive::fstab_lines(fstab)) {
    if (line.mount_point != mount.point || mount.point == "/") continue;
    if (!line.source.starts_with("/dev/sd"))
      return {"drive by name", Verdict::pass, fmt::format("mounted as {}", line.source), ""};
    const std::string uuid = uuid_of(root, mount.device);
    return {
        "drive by name", Verdict::warn,
        fmt::format("/etc/fstab:{} mounts {}: with another stick beside it, that may be the other one", line.number,
                    line.source),
        uuid.empty() ? "" : fmt::format("sudo sed -i '{} s|^{}|UUID={}|' /etc/fstab", line.number, line.source, uuid)};
  }
  return {"drive by name", Verdict::pass, "not mounted by a line of /etc/fstab", ""};
}

Finding check_drive_health(const std::string& root, const std::string& path) {
  const arm::Mount mount = mount_of(root, path);
  if (("," + mount.options + ",").find(",ro,") != std::string::npos)
    return {"drive health", Verdict::fail,
            fmt::format("{} is mounted read-only: the kernel does that after errors; look at dmesg", mount.point),
            fmt::format("sudo mount -o remount,rw {}", mount.point)};
  const auto errors = arm::number_at_start(arm::read_text(root + "/sys/fs/ext4/" + mount.device + "/errors_count"));
  if (errors.value_or(0) > 0)
    return {"drive health", Verdict::warn,
            fmt::format("{} errors of the file system on {} so far", *errors, mount.device),
            fmt::format("sudo systemctl stop larder && sudo umount {0} && sudo e2fsck -f /dev/{1} && sudo mount {0} && "
                        "sudo systemctl start larder",
                        mount.point, mount.device)};
  return {"drive health", Verdict::pass, errors ? "no errors so far" : "nothing known against it", ""};
}

}  // namespace larder::server

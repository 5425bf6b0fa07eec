#include "cache/ring_place.h"

#include <fmt/core.h>

#include <mntent.h>
#include <sys/stat.h>

#include <filesystem>
#include <string_view>
#include <utility>

#include "cache/read_only_file.h"

namespace larder::cache {
namespace {

constexpr const char* kFstab = "/etc/fstab";

bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool is_mount_point(const std::string& folder) {
  struct stat here {
  }, above{};
  if (::stat(folder.c_str(), &here) != 0 || ::stat((folder + "/..").c_str(), &above) != 0) return false;
  return here.st_dev != above.st_dev;
}

Result<std::unique_ptr<Device>> open_device(const std::string& path) {
  auto device = FileDevice::open(path);
  if (!device) return device.error();
  return std::unique_ptr<Device>(*std::move(device));
}

}  // namespace

Status check_mounted(const std::string& path, const std::string& fstab) {
  const std::unique_ptr<FILE, decltype(&::endmntent)> table(::setmntent(fstab.c_str(), "re"), &::endmntent);
  if (!table) return Done{};
  while (const mntent* entry = ::getmntent(table.get())) {
    const std::string folder = entry->mnt_dir;
    if (folder.size() > 1 && is_below(path, folder) && !is_mount_point(folder))
      return Error{fmt::format("{} is not mounted, as {} says it should be", folder, fstab), ENODEV};
  }
  return Done{};
}

std::optional<std::string> find_block_device(const Uuid& uuid, const std::string& names, const std::string& nodes) {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(names, failed)) {
    std::string path = nodes + "/" + entry.path().filename().string();
    const auto device = ReadOnlyFile::open(path);
    if (!device) continue;
    const auto superblock = load_superblock(**device);
    if (superblock && *superblock && (*superblock)->uuid == uuid) return path;
  }
  return std::nullopt;
}

Result<std::unique_ptr<Device>> open_ring_place(const std::string& path, const std::optional<Uuid>& last) {
  struct stat status {};
  const bool there = ::stat(path.c_str(), &status) == 0;
  if (there && S_ISBLK(status.st_mode)) return open_device(path);
  if (path.starts_with("/dev/")) {
    const auto elsewhere = last ? find_block_device(*last, "/sys/class/block", "/dev") : std::nullopt;
    if (elsewhere) return open_device(*elsewhere);
    return Error{path + (there ? " is no block device" : " is not there"), ENODEV};
  }
  if (auto mounted = check_mounted(path, kFstab); !mounted) return mounted.error();
  if (!there && ::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return system_error("make " + path);
  return open_device(path + "/ring");
}

}  // namespace larder::cache

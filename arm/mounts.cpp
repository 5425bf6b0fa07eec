#include "arm/mounts.h"

#include <filesystem>

#include "arm/text_file.h"

namespace larder::arm {
namespace {

namespace fs = std::filesystem;

std::string name_of_device(const std::string& root, const std::string& numbers, const std::string& source) {
  std::error_code failed;
  const fs::path target = fs::read_symlink(root + "/sys/dev/block/" + numbers, failed);
  if (!failed) return target.filename().string();
  return source.starts_with("/dev/") ? fs::path(source).filename().string() : "";
}

// A device under the name the kernel gave it, through loops and zram down to what is written in the end.
std::string written_device(const std::string& root, const std::string& path, const std::vector<Mount>& mounts,
                           int depth) {
  constexpr int kDeepest = 4;
  if (depth > kDeepest) return {};
  if (!path.starts_with("/dev/"))
    return written_device(root, "/dev/" + mount_of(mounts, path).device, mounts, depth + 1);
  const std::string name = path.substr(5);
  const std::string folder = root + "/sys/block/" + name;
  const bool zram = name.starts_with("zram");
  if (!zram && !name.starts_with("loop")) return name;
  const std::string behind(trimmed(read_text(folder + (zram ? "/backing_dev" : "/loop/backing_file"))));
  return behind.starts_with('/') ? written_device(root, behind, mounts, depth + 1) : "";
}

}  // namespace

std::string unescaped(std::string_view text) {
  const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue"
std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> list;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    next_word(line);
    next_word(line);
    Mount mount;
    mount.device = next_word(line);
    next_word(line);
    mount.point = unescaped(next_word(line));
    mount.options = next_word(line);
    std::string_view word;
    do word = next_word(line);
    while (!word.empty() && word != "-");
    mount.type = next_word(line);
    mount.source = unescaped(next_word(line));
    if (mount.point.starts_with('/') && !mount.type.empty()) list.push_back(std::move(mount));
  }
  return list;
}

std::vector<Mount> mounts(const std::string& root) {
  std::vector<Mount> list = parse_mountinfo(read_text(root + "/proc/self/mountinfo"));
  for (Mount& mount : list) mount.device = name_of_device(root, mount.device, mount.source);
  return list;
}

Mount mount_of(const std::vector<Mount>& mounts, std::string_view path) {
  Mount best;
  for (const Mount& mount : mounts) {
    const std::string_view point = mount.point;
    const bool inside = point == "/" || path == point || (path.starts_with(point) && path[point.size()] == '/');
    if (inside && path.starts_with('/') && point.size() >= best.point.size()) best = mount;
  }
  return best;
}

bool is_card(std::string_view device) { return device.starts_with("mmcblk"); }

std::vector<SwapArea> parse_swaps(std::string_view text) {
  std::vector<SwapArea> list;
  next_line(text);  // the heading
  while (!text.empty()) {
    std::string_view line = next_line(text);
    SwapArea area;
    area.name = unescaped(next_word(line));
    next_word(line);  // file or partition
    constexpr std::uint64_t kKiB = 1024;
    area.bytes = number_at_start(next_word(line)).value_or(0) * kKiB;
    area.used = number_at_start(next_word(line)).value_or(0) * kKiB;
    area.compressed = area.name.starts_with("/dev/zram");
    if (area.name.starts_with('/')) list.push_back(std::move(area));
  }
  return list;
}

std::vector<SwapArea> swap_areas(const std::string& root) {
  std::vector<SwapArea> list = parse_swaps(read_text(root + "/proc/swaps"));
  if (list.empty()) return list;
  const std::vector<Mount> all = mounts(root);
  for (SwapArea& area : list) area.device = written_device(root, area.name, all, 0);
  return list;
}

}  // namespace larder::arm

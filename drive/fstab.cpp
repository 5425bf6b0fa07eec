#include "drive/fstab.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/unique_fd.h"

namespace larder::drive {
namespace {

// nofail: a board whose stick is gone still starts. x-systemd.automount: a stick that was pulled and put back is
// mounted again by the next access, also when the kernel gives it another name. errors=remount-ro: a file system that
// is broken gets no worse. noatime, commit: fewer writes to flash.
constexpr std::string_view kOptions =
    "noatime,nodev,nosuid,nofail,errors=remount-ro,commit=60,x-systemd.automount,x-systemd.device-timeout=30s";

// The next word of the line, which gets shorter.
std::string_view next_field(std::string_view& line) {
  constexpr std::string_view kBlanks = " \t\r";
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view field = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(field.size());
  return field;
}

std::string_view without_slash(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return path;
}

// UUID="..." means the same without the quotes.
bool same_source(std::string_view written, std::string_view source) {
  std::string plain(written);
  plain.erase(std::remove(plain.begin(), plain.end(), '"'), plain.end());
  return !source.empty() && plain == source;
}

Status write_fully(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return system_error("write");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return Done{};
}

Status sync_folder(const std::string& folder) {
  const UniqueFd file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) return system_error("sync " + folder);
  return Done{};
}

Status write_beside(const std::string& temporary, const std::string& path, std::string_view text) {
  struct stat old {};
  const bool exists = ::stat(path.c_str(), &old) == 0;
  const UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return system_error("create " + temporary);
  if (exists && ::fchown(file.get(), old.st_uid, old.st_gid) != 0) return system_error("chown " + temporary);
  if (::fchmod(file.get(), exists ? old.st_mode & 07777 : 0644) != 0) return system_error("chmod " + temporary);
  if (auto written = write_fully(file.get(), text); !written) return written;
  if (::fsync(file.get()) != 0) return system_error("sync " + temporary);
  return Done{};
}

}  // namespace

std::vector<FstabLine> fstab_lines(std::string_view text) {
  std::vector<FstabLine> lines;
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::string_view rest = line;
    const std::string_view source = next_field(rest), mount_point = next_field(rest);
    if (source.empty() || source.front() == '#' || mount_point.empty()) continue;
    lines.push_back({number, line, source, without_slash(mount_point)});
  }
  return lines;
}

std::string fstab_source(std::string_view uuid) { return fmt::format("UUID={}", uuid); }

Result<bool> lacks_line(std::string_view text, std::string_view source, std::string_view mount_point) {
  bool lacks = true;
  for (const FstabLine& line : fstab_lines(text)) {
    const bool same_drive = same_source(line.source, source), same_place = line.mount_point == mount_point;
    if (same_drive && same_place) lacks = false;
    if (same_drive == same_place) continue;
    const std::string what = fmt::format("line {} is \"{}\"", line.number, line.text);
    if (same_place)
      return Error{
          fmt::format("{}, which mounts something else on {}: remove that line, or choose another folder "
                      "with --mount",
                      what, mount_point)};
    return Error{fmt::format("{}, which mounts this drive elsewhere: remove that line, or say --mount {}", what,
                             line.mount_point)};
  }
  return lacks;
}

std::string with_line(std::string text, std::string_view source, std::string_view mount_point) {
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text + fmt::format("{} {} ext4 {} 0 2\n", source, mount_point, kOptions);
}

Result<std::string> read_text(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::string();
  if (!file) return system_error("read " + path);
  std::string text;
  std::array<char, 4096> bytes{};
  for (;;) {
    const ssize_t got = ::read(file.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("read " + path);
    if (got == 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

Status replace_text(const std::string& path, std::string_view text) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
  if (error) return system_error(path, error.value());
  const std::string temporary = real.string() + ".larder-new";
  Status written = write_beside(temporary, real, text);
  if (written && ::rename(temporary.c_str(), real.c_str()) != 0) written = system_error("replace " + real.string());
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return sync_folder(real.parent_path());
}

}  // namespace larder::drive

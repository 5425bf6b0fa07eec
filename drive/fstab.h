// Fstab: the line of our drive in /etc/fstab; every other byte of the file stays as it is.
//
// The functions on text are pure. Source: fstab(5), systemd.mount(5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace larder::drive {

// A line that mounts something; views into the text that was read.
struct FstabLine {
  int number = 0;
  std::string_view text;         // without its end
  std::string_view source;       // "UUID=...", "/dev/sda1", "LABEL=..."
  std::string_view mount_point;  // without a slash at the end
};
std::vector<FstabLine> fstab_lines(std::string_view text);

// What a file system is called there: "UUID=...".
std::string fstab_source(std::string_view uuid);

// Whether the line that mounts `source` on `mount_point` is missing. Whatever options a line has, it is the user's and
// good. `source` is empty for a drive that is not formatted yet. An error when a line mounts something else there, or
// this drive somewhere else: its number, and what to do.
Result<bool> lacks_line(std::string_view text, std::string_view source, std::string_view mount_point);

// The text with a line for our drive at its end.
std::string with_line(std::string text, std::string_view source, std::string_view mount_point);

// A file that is not there is an empty one.
Result<std::string> read_text(const std::string& path);

// All of it or none: written beside it with its owner and mode, and renamed. Follows a symbolic link.
Status replace_text(const std::string& path, std::string_view text);

}  // namespace larder::drive

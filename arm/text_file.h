// Small text files of the kernel (/proc, /sys), and their numbers. Nothing here fails: a file that is not there is an
// empty one, text that is no number is none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace larder::arm {

// At most 64 KiB of it; empty when it cannot be read.
std::string read_text(const std::string& path);

// Without blanks, line ends and NULs at both ends.
std::string_view trimmed(std::string_view text);

// The number that the text begins with, after blanks ("947732 kB"); none when there is none or it does not fit.
std::optional<std::uint64_t> number_at_start(std::string_view text);

// Cuts the first line off; nothing is left when the text ends.
std::string_view next_line(std::string_view& text);

// Cuts the first word off, with the blanks and tabs before it.
std::string_view next_word(std::string_view& line);

// The number after `name` in lines "name 12" or "name: 12 kB".
std::optional<std::uint64_t> number_of(std::string_view text, std::string_view name);

}  // namespace larder::arm

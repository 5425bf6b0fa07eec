#include "arm/text_file.h"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "base/unique_fd.h"

namespace larder::arm {

std::string read_text(const std::string& path) {
  constexpr std::size_t kEnough = 64 * 1024;
  std::string text;
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return text;
  std::array<char, 4096> bytes{};
  while (text.size() < kEnough) {
    const auto got = ::read(file.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kNothing(" \t\r\n\0", 5);
  const auto first = text.find_first_not_of(kNothing);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kNothing) - first + 1);
}

std::optional<std::uint64_t> number_at_start(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} ? std::optional(number) : std::nullopt;
}

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
  return line;
}

std::string_view next_word(std::string_view& line) {
  const auto first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return line = {};
  line.remove_prefix(first);
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

std::optional<std::uint64_t> number_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    std::string_view word = next_word(line);
    if (word.ends_with(':')) word.remove_suffix(1);
    if (word == name) return number_at_start(line);
  }
  return std::nullopt;
}

}  // namespace larder::arm

#include "base/log.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace larder {
namespace {

struct LevelText {
  std::string_view name, journal_prefix;
};
// Priorities of syslog(3): debug 7, informational 6, warning 4, error 3.
constexpr std::array<LevelText, 4> kLevels = {
    {{"debug", "<7>"}, {"info", "<6>"}, {"warning", "<4>"}, {"error", "<3>"}}};

}  // namespace

std::string format_log_line(LogStyle style, Level level, std::string_view message) {
  const LevelText& text = kLevels[static_cast<std::size_t>(level)];
  std::string line =
      style == LogStyle::journal ? std::string(text.journal_prefix) : fmt::format("larder: {}: ", text.name);
  line.reserve(line.size() + message.size() + 1);
  while (message.ends_with('\n')) message.remove_suffix(1);
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F)
      line += fmt::format("\\x{:02X}", byte);
    else
      line += c;
  }
  return line += '\n';
}

LogStyle log_style_for(int fd, const char* journal_stream) {
  struct stat status {};
  if (journal_stream == nullptr || ::fstat(fd, &status) != 0) return LogStyle::plain;
  // systemd.exec(5): "device:inode" of the stream, so that a redirected child of a service is not mistaken.
  const bool same = fmt::format("{}:{}", status.st_dev, status.st_ino) == journal_stream;
  return same ? LogStyle::journal : LogStyle::plain;
}

std::optional<Level> level_by_name(std::string_view name) {
  for (std::size_t i = 0; i < kLevels.size(); ++i)
    if (kLevels[i].name == name) return static_cast<Level>(i);
  return std::nullopt;
}

Log::Log(Level least, int fd) : fd_(fd), style_(log_style_for(fd, std::getenv("JOURNAL_STREAM"))), least_(least) {}

void Log::write(Level level, std::string_view message) {
  if (!wants(level)) return;
  const std::string line = format_log_line(style_, level, message);
  // A log that cannot be written has nowhere to say so; only an interrupted call is made again.
  while (::write(fd_, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

}  // namespace larder

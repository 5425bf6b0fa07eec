// Log: Larder's own news, one line each, to standard error.
//
// Under systemd (JOURNAL_STREAM names the very stream we write to) a line begins with its priority, "<4>", as
// sd-daemon(3) wants it; elsewhere with "larder: warning: ". Control characters are written as \xHH, so that nothing a
// client or a script sent can begin a line of its own or drive a terminal.
// Threads: write() from any; a line is one write(2), so lines do not mix. It may block as long as the journal does.
#pragma once

#include <unistd.h>

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

#include "base/report.h"

namespace larder {

enum class LogStyle { plain, journal };

// Pure: the whole line with its newline.
std::string format_log_line(LogStyle, Level, std::string_view message);

// What suits the stream behind `fd`, by the value of the environment variable JOURNAL_STREAM (may be nullptr).
LogStyle log_style_for(int fd, const char* journal_stream);

std::optional<Level> level_by_name(std::string_view name);  // debug info warning error

class Log {
 public:
  // The descriptor is borrowed.
  explicit Log(Level least = Level::info, int fd = STDERR_FILENO);

  void set_level(Level least) { least_.store(least, std::memory_order_relaxed); }
  bool wants(Level level) const { return level >= least_.load(std::memory_order_relaxed); }
  void write(Level level, std::string_view message);

  // For library code. The log must outlive it.
  Report report() {
    return [this](Level level, std::string_view message) { write(level, message); };
  }

 private:
  const int fd_;
  const LogStyle style_;
  std::atomic<Level> least_;
};

}  // namespace larder

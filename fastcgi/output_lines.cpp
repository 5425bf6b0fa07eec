#include "fastcgi/output_lines.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace larder::fastcgi {

OutputLines::OutputLines(std::string name, Counters& counters, Report report)
    : name_(std::move(name)), counters_(counters), report_(std::move(report)) {}

void OutputLines::feed(std::string_view bytes, Millis now) {
  while (!bytes.empty()) {
    const auto newline = bytes.find('\n');
    const std::string_view part = bytes.substr(0, newline);
    line_ += part.substr(0, kLongest - line_.size());
    bytes.remove_prefix(std::min(part.size() + 1, bytes.size()));
    if (newline != std::string_view::npos) end_line(now);
  }
}

void OutputLines::end(Millis now) { end_line(now); }

void OutputLines::end_line(Millis now) {
  if (line_.empty()) return;
  // The log is read in terminals.
  std::replace_if(
      line_.begin(), line_.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  counters_.add(Counter::php_stderr_lines);
  if (now - window_ >= kWindow) {
    if (lines_ > kLines)
      report_(Level::warning, fmt::format("{}: {} more lines were not shown", name_, lines_ - kLines));
    window_ = now;
    lines_ = 0;
  }
  if (++lines_ <= kLines) report_(Level::warning, fmt::format("{}: {}", name_, line_));
  last_ = std::exchange(line_, {});
}

}  // namespace larder::fastcgi

#include "base/progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/byte_text.h"

namespace larder {
namespace {

constexpr Millis kRedrawAfter = 100;
constexpr std::uint64_t kBarCells = 30;
constexpr std::uint64_t kTenths = 10;

std::string minutes(Millis time) { return fmt::format("{}:{:02}", time / 60'000, time / 1000 % 60); }

// Without overflow: `of` parts of `part` in `whole`.
std::uint64_t share(std::uint64_t part, std::uint64_t whole, std::uint64_t of) {
  if (whole == 0) return of;
  return static_cast<std::uint64_t>(static_cast<double>(part) / static_cast<double>(whole) * static_cast<double>(of));
}

}  // namespace

Progress::Progress(std::string what, std::uint64_t total, bool terminal, const Clock& clock, Print print)
    : what_(std::move(what)),
      total_(total),
      terminal_(terminal),
      clock_(clock),
      print_(std::move(print)),
      begun_(clock.steady()) {}

Progress::~Progress() {
  if (open_) print_("\n");
}

void Progress::at(std::uint64_t done) {
  done = std::min(done, total_);
  if (terminal_) {
    const Millis now = clock_.steady();
    if (open_ && done < total_ && now - drawn_ < kRedrawAfter) return;
    drawn_ = now;
    open_ = true;
    print_("\r" + bar(done) + line(done) + "\x1b[K");
  } else if (const std::uint64_t tenth = share(done, total_, kTenths); tenth > tenth_) {
    tenth_ = tenth;
    print_(line(done) + "\n");
  }
}

std::string Progress::line(std::uint64_t done) const {
  const Millis time = clock_.steady() - begun_;
  std::string text =
      fmt::format("{}: {} %, {} of {}", what_, share(done, total_, 100), format_bytes(done), format_bytes(total_));
  if (time <= 0 || done == 0) return text;
  const double speed = static_cast<double>(done) * 1000 / static_cast<double>(time);
  text += fmt::format(", {}/s", format_bytes(static_cast<std::uint64_t>(speed)));
  const double left = static_cast<double>(total_ - done) / speed * 1000;
  if (done < total_) text += fmt::format(", {} left", minutes(static_cast<Millis>(left)));
  return text;
}

std::string Progress::bar(std::uint64_t done) const {
  const auto full = static_cast<std::size_t>(share(done, total_, kBarCells));
  return "[" + std::string(full, '#') + std::string(kBarCells - full, '.') + "] ";
}

Progress progress_on_stderr(std::string what, std::uint64_t total, const Clock& clock) {
  const auto print = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
  };
  return {std::move(what), total, ::isatty(STDERR_FILENO) != 0, clock, print};
}

}  // namespace larder

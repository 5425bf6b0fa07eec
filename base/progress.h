// Progress: how far a long command has come: a bar that moves on a terminal, else a line every tenth of the way.
//
// Speed and what is left are by the whole time so far. Threads: one. Lifetime: the clock outlives it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace larder {

class Progress {
 public:
  using Print = std::function<void(std::string_view)>;  // takes the text as it is: it brings its own line ends

  // `what` is being done to `total` bytes.
  Progress(std::string what, std::uint64_t total, bool terminal, const Clock& clock, Print print);
  ~Progress();  // what stands on the terminal stays there, and the next line begins below
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void at(std::uint64_t done);

 private:
  std::string line(std::uint64_t done) const;
  std::string bar(std::uint64_t done) const;

  const std::string what_;
  const std::uint64_t total_;
  const bool terminal_;
  const Clock& clock_;
  const Print print_;
  const Millis begun_;
  Millis drawn_ = 0;         // when the bar was, steady
  std::uint64_t tenth_ = 0;  // the last that was told
  bool open_ = false;        // the bar's line is not ended
};

// To standard error, as a bar when that is a terminal.
Progress progress_on_stderr(std::string what, std::uint64_t total, const Clock& clock);

}  // namespace larder

// OutputLines: a program's output as lines for the log, not more of them than a log can bear.
//
// At most kLines lines in kWindow milliseconds go to the report; how many were left out is said when the next line
// goes through. Lines longer than kLongest bytes are cut. Time is a parameter. Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"

namespace larder::fastcgi {

class OutputLines {
 public:
  static constexpr std::uint64_t kLines = 20;
  static constexpr Millis kWindow = 10'000;
  static constexpr std::size_t kLongest = 1024;

  // Every line counts as php_stderr_lines, shown or not.
  OutputLines(std::string name, Counters&, Report);

  void feed(std::string_view bytes, Millis now);
  void end(Millis now);                              // the program has ended: what it said last is a line too
  const std::string& last() const { return last_; }  // the last line that was not empty

 private:
  void end_line(Millis now);

  std::string name_;
  Counters& counters_;
  Report report_;
  std::string line_, last_;
  Millis window_ = 0;        // began then
  std::uint64_t lines_ = 0;  // in this window
};

}  // namespace larder::fastcgi

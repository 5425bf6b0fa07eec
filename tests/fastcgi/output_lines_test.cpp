#include "fastcgi/output_lines.h"

#include <vector>

#include "tests/support/catch.h"

using namespace larder;
using larder::fastcgi::OutputLines;

namespace {

struct Log {
  Counters counters;
  std::vector<std::string> shown;
  OutputLines lines{"php", counters, [this](Level, std::string_view line) { shown.emplace_back(line); }};
};

}  // namespace

TEST_CASE("output is cut into lines wherever its pieces end") {
  Log log;
  log.lines.feed("on", 0);
  log.lines.feed("e\n\ntwo\nthr", 0);
  CHECK(log.shown == std::vector<std::string>{"php: one", "php: two"});
  CHECK(log.lines.last() == "two");
  log.lines.end(0);
  CHECK(log.shown.back() == "php: thr");
  log.lines.end(0);
  CHECK(log.counters.get(Counter::php_stderr_lines) == 3);
}

TEST_CASE("a line without an end takes no more memory than a line") {
  Log log;
  for (int i = 0; i < 1'000; ++i) log.lines.feed(std::string(1'000, 'x'), 0);
  log.lines.feed("\nnext\n", 0);
  CHECK(log.shown == std::vector<std::string>{"php: " + std::string(OutputLines::kLongest, 'x'), "php: next"});
}

TEST_CASE("control characters do not reach the log") {
  Log log;
  log.lines.feed("a\x1b[31m\tb\r\n", 0);
  CHECK(log.shown == std::vector<std::string>{"php: a [31m b "});
}

TEST_CASE("a flood shows its beginning and then how much was left out") {
  Log log;
  for (int i = 0; i < 100; ++i) log.lines.feed("line\n", 5);
  CHECK(log.shown.size() == OutputLines::kLines);
  CHECK(log.counters.get(Counter::php_stderr_lines) == 100);
  log.lines.feed("later\n", 5 + OutputLines::kWindow);
  CHECK(log.shown.size() == OutputLines::kLines + 2);
  CHECK(log.shown[OutputLines::kLines] == "php: 80 more lines were not shown");
  CHECK(log.shown.back() == "php: later");
}

#include "base/progress.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"

using namespace larder;

namespace {

struct Printed {
  std::vector<std::string> texts;
  ManualClock clock;
  Progress progress(bool terminal, std::uint64_t total = 100'000'000) {
    return {"reading", total, terminal, clock, [this](std::string_view text) { texts.emplace_back(text); }};
  }
};

}  // namespace

TEST_CASE("without a terminal each tenth of the way is one line") {
  Printed printed;
  Progress progress = printed.progress(false);
  for (std::uint64_t done = 0; done <= 100; ++done) {
    progress.at(done * 1'000'000);
    printed.clock.advance(10);
  }
  REQUIRE(printed.texts.size() == 10);
  CHECK(printed.texts[0] == "reading: 10 %, 10.0 MB of 100.0 MB, 100.0 MB/s, 0:00 left\n");
  CHECK(printed.texts[9] == "reading: 100 %, 100.0 MB of 100.0 MB, 100.0 MB/s\n");
}

TEST_CASE("on a terminal one line is drawn again and again, but not more often than eyes can follow") {
  Printed printed;
  {
    Progress progress = printed.progress(true);
    for (int step = 0; step < 1000; ++step) {
      progress.at(static_cast<std::uint64_t>(step) * 50'000);
      printed.clock.advance(1);
    }
    CHECK(printed.texts.size() == 10);
    for (const std::string& text : printed.texts) {
      CHECK(text.front() == '\r');
      CHECK(text.find('\n') == std::string::npos);
    }
  }
  CHECK(printed.texts.back() == "\n");
}

TEST_CASE("the end is drawn however soon it comes") {
  Printed printed;
  Progress progress = printed.progress(true);
  progress.at(0);
  progress.at(100'000'000);
  CHECK(printed.texts.back().find("100 %, 100.0 MB of 100.0 MB") != std::string::npos);
}

TEST_CASE("time that is left follows from the speed so far") {
  Printed printed;
  Progress progress = printed.progress(false);
  printed.clock.advance(61'000);
  progress.at(50'000'000);
  CHECK(printed.texts.back() == "reading: 50 %, 50.0 MB of 100.0 MB, 819.7 kB/s, 1:01 left\n");
}

TEST_CASE("nothing to do, and more than was to be done, are the whole") {
  Printed printed;
  printed.progress(false, 0).at(0);
  CHECK(printed.texts.back() == "reading: 100 %, 0 B of 0 B\n");
  printed.progress(false, 10).at(20);
  CHECK(printed.texts.back() == "reading: 100 %, 10 B of 10 B\n");
}

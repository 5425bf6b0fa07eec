#include "server/housekeeper.h"

#include <fmt/core.h>

#include <atomic>
#include <vector>

#include "tests/support/boards.h"
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/patience.h"

using namespace larder;
using namespace larder::server;
using namespace larder::testing;
using governor::Pressure;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

// A housekeeper of a board whose files the test writes, and what it does.
struct Kept {
  Kept() { board.set_available(60); }

  Millis turn() {
    const Millis pause = keeper.turn();
    clock.advance(pause);
    return pause;
  }
  void turn_for(Millis time) {
    for (const Millis until = clock.steady() + time; clock.steady() < until;) turn();
  }

  StockPi board;
  ManualClock clock;
  Counters counters;
  GovernorBoard shown;
  bool drive_writable = true;
  std::vector<std::size_t> parallel;
  std::vector<std::uint64_t> pages;
  std::vector<governor::FlashWrites> writes;
  std::vector<Pressure> told;
  std::vector<std::string> log;
  Housekeeper keeper{{.root = board.root(), .workers = 4, .worker_memory = 0, .page_memory = 96 * kMiB},
                     {.drive_writable = [this] { return drive_writable; },
                      .set_php_parallel = [this](std::size_t n) { parallel.push_back(n); },
                      .set_page_memory = [this](std::uint64_t bytes) { pages.push_back(bytes); },
                      .set_flash_writes = [this](governor::FlashWrites to) { writes.push_back(to); },
                      .php_master = [] { return 0; },
                      .tell = [this](Pressure pressure) { told.push_back(pressure); }},
                     shown,
                     clock,
                     counters,
                     [this](Level, std::string_view line) { log.emplace_back(line); }};
};

}  // namespace

TEST_CASE("On a board that is well nothing is touched and nothing is said") {
  Kept kept;
  kept.turn_for(60'000);
  CHECK(kept.parallel.empty());
  CHECK(kept.pages.empty());
  CHECK(kept.writes.empty());
  CHECK(kept.told.empty());
  CHECK(kept.log.empty());
  CHECK(kept.shown.pressure() == Pressure::green);
  CHECK(kept.shown.read().signals.available == Approx(60).margin(0.1));
}

TEST_CASE(
    "Memory below 13 percent halves PHP and cuts the pages to a third in the next turn, with one line that says why") {
  Kept kept;
  kept.turn();
  kept.board.set_available(12);
  kept.turn();
  CHECK(kept.shown.pressure() == Pressure::orange);
  CHECK(kept.parallel == std::vector<std::size_t>{2});
  CHECK(kept.pages == std::vector<std::uint64_t>{32 * kMiB});
  CHECK(kept.writes == std::vector{governor::FlashWrites::off});
  CHECK(kept.told == std::vector<Pressure>{Pressure::orange});
  REQUIRE(kept.log.size() == 1);
  CHECK(kept.log[0] ==
        "pressure GREEN -> ORANGE: MemAvailable is 12.0 %; PHP 2 of 4 at a time, 32 MiB of pages in memory");
  CHECK(kept.counters.get(Counter::governor_changes) == 1);
}

TEST_CASE("Turns come every 250 milliseconds, and every 50 from ORANGE up: limits follow within 300") {
  Kept kept;
  CHECK(kept.turn() == 250);
  kept.board.set_available(20);
  CHECK(kept.turn() == 250);
  kept.board.set_available(12);
  CHECK(kept.turn() == 50);
  kept.board.set_available(5);
  CHECK(kept.turn() == 50);
  CHECK(kept.parallel.back() == 1);
}

TEST_CASE("In YELLOW the pages give way by 16 MiB a second down to half") {
  Kept kept;
  kept.turn();
  kept.board.set_available(20);
  kept.turn_for(1'000);
  CHECK(kept.pages.back() == 80 * kMiB);
  kept.turn_for(1'000);
  CHECK(kept.pages.back() == 64 * kMiB);
  kept.turn_for(10'000);
  CHECK(kept.pages.back() == 48 * kMiB);
}

TEST_CASE("After the pressure everything comes back by steps, pages only into memory that is to spare") {
  Kept kept;
  kept.turn();
  kept.board.set_available(5);
  kept.turn();
  CHECK(kept.pages.back() == 16 * kMiB);
  kept.board.set_available(28);
  kept.turn_for(16'000);
  CHECK(kept.shown.pressure() == Pressure::green);
  CHECK(kept.parallel == std::vector<std::size_t>{1, 2, 3, 4});
  kept.turn_for(60'000);
  CHECK(kept.pages.back() == 16 * kMiB);  // 28 % is not to spare
  kept.board.set_available(50);
  kept.turn_for(4'000);
  CHECK(kept.pages.back() == 80 * kMiB);
  kept.turn_for(4'000);
  CHECK(kept.pages.back() == 96 * kMiB);
  CHECK(kept.told == std::vector<Pressure>{Pressure::red, Pressure::orange, Pressure::yellow, Pressure::green});
  CHECK(kept.log.back().find("YELLOW -> GREEN: calm for 5 s") != std::string::npos);
}

TEST_CASE("A drive that takes no pages is a reason to save") {
  Kept kept;
  kept.drive_writable = false;
  kept.turn();
  CHECK(kept.shown.pressure() == Pressure::yellow);
  CHECK(kept.log.back().find("the cache drive takes no pages") != std::string::npos);
}

TEST_CASE("The thread turns by itself until it is stopped") {
  Kept kept;
  kept.board.set_available(5);
  kept.keeper.start();
  CHECK(eventually([&] { return kept.shown.pressure() == Pressure::red; }));
  kept.keeper.stop();
  kept.keeper.stop();
}

TEST_CASE("The memory tier never gets more than all, whatever the pressure does") {
  PageMemory memory(10 * kMiB);
  for (int i = 0; i < 1'000; ++i) {
    const auto& limits = governor::limits_for(static_cast<Pressure>(i * 7 % 4));
    const std::uint64_t bytes = memory.next(limits, i % 60, i % 3 == 0 ? 5'000 : 50);
    REQUIRE(bytes <= 10 * kMiB);
    REQUIRE(bytes >= 10 * kMiB / 6);
    if (limits.page_memory_at_once) REQUIRE(bytes <= 10 * kMiB / 3);
  }
}

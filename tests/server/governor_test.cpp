#include "server/governor.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "server/governor_board.h"
#include "tests/support/catch.h"

using namespace larder;
using namespace larder::server;
using namespace larder::server::governor;

namespace {

constexpr Millis kSample = 250;

// A board whose time goes on sample by sample.
struct Board {
  State state;
  Signals signals;
  Millis now = 1'000;
  std::vector<Millis> changes;

  Pressure sample() {
    const Step step = next(state, signals, now);
    if (step.changed) changes.push_back(now);
    CHECK(step.changed == (step.state.pressure != state.pressure));
    state = step.state;
    now += kSample;
    return state.pressure;
  }
  Pressure sample_for(Millis time) {
    for (Millis t = 0; t < time; t += kSample) sample();
    return state.pressure;
  }
  Pressure with(double available) {
    signals.available = available;
    return sample();
  }
};

// Samples in which the pressure changed within less than five seconds after the change before it.
int hasty(const std::vector<Millis>& changes, Millis after) {
  int count = 0;
  for (std::size_t i = 1; i < changes.size(); ++i)
    if (changes[i - 1] > after && changes[i] - changes[i - 1] < 5'000) ++count;
  return count;
}

}  // namespace

TEST_CASE("Every limit of the table raises the pressure where it says, and not before") {
  CHECK(demand({}) == Demand{});
  CHECK(demand({.available = 22}) == Demand{});
  CHECK(demand({.available = 21.9}) == Demand{Pressure::yellow, Cause::memory});
  CHECK(demand({.available = 13}) == Demand{Pressure::yellow, Cause::memory});
  CHECK(demand({.available = 12.9}) == Demand{Pressure::orange, Cause::memory});
  CHECK(demand({.available = 8}) == Demand{Pressure::orange, Cause::memory});
  CHECK(demand({.available = 7.9}) == Demand{Pressure::red, Cause::memory});
  CHECK(demand({.temperature = 74.9}) == Demand{});
  CHECK(demand({.temperature = 75}) == Demand{Pressure::yellow, Cause::heat});
  CHECK(demand({.temperature = 80}) == Demand{Pressure::orange, Cause::heat});
  CHECK(demand({.temperature = 110}) == Demand{Pressure::orange, Cause::heat});
  CHECK(demand({.throttled = true}) == Demand{Pressure::yellow, Cause::throttling});
  CHECK(demand({.under_voltage = true}) == Demand{Pressure::yellow, Cause::throttling});
  CHECK(demand({.drive_writable = false}) == Demand{Pressure::yellow, Cause::drive});
  CHECK(demand({.swapped_to_card = 31}) == Demand{});
  CHECK(demand({.swapped_to_card = 32}) == Demand{Pressure::orange, Cause::swapping});
  CHECK(demand({.stalled_some = 14.9}) == Demand{});
  CHECK(demand({.stalled_some = 15}) == Demand{Pressure::orange, Cause::pressure});
  CHECK(demand({.stalled_full = 6.9}) == Demand{});
  CHECK(demand({.stalled_full = 7}) == Demand{Pressure::red, Cause::pressure});
}

TEST_CASE(
    "Stalls and page faults count only while memory is short: programs that start and files that are copied cause them "
    "too") {
  CHECK(demand({.available = 50, .stalls = 1000, .major_faults = 5000}) == Demand{});
  CHECK(demand({.available = 21, .stalls = 10}) == Demand{Pressure::red, Cause::stalls});
  CHECK(demand({.available = 21, .stalls = 9}) == Demand{Pressure::yellow, Cause::memory});
  CHECK(demand({.available = 21, .major_faults = 200}) == Demand{Pressure::orange, Cause::thrashing});
}

TEST_CASE("The strongest of several signals counts") {
  CHECK(demand({.available = 20, .temperature = 81, .stalled_full = 9}) == Demand{Pressure::red, Cause::pressure});
}

TEST_CASE("What is not known never raises the pressure") {
  const Signals nothing;
  Board board{.signals = nothing};
  CHECK(board.sample_for(60'000) == Pressure::green);
  CHECK(board.changes.empty());
}

TEST_CASE("Pressure rises at the first sample, over several steps at once") {
  Board board;
  CHECK(board.with(50) == Pressure::green);
  CHECK(board.with(5) == Pressure::red);
  CHECK(board.state.cause == Cause::memory);
  CHECK(board.state.since == 1'250);
}

TEST_CASE("Pressure falls one step at a time, five calm seconds each") {
  Board board;
  board.with(5);
  board.signals.available = 60;
  CHECK(board.sample_for(5'000) == Pressure::red);
  CHECK(board.sample() == Pressure::orange);
  CHECK(board.sample_for(4'750) == Pressure::orange);
  CHECK(board.sample() == Pressure::yellow);
  CHECK(board.sample_for(4'750) == Pressure::yellow);
  CHECK(board.sample() == Pressure::green);
  CHECK(board.state.cause == Cause::none);
}

TEST_CASE("From the worst to the best it takes less than the thirty seconds that a balancer may wait") {
  Board board;
  board.with(1);
  board.signals.available = 60;
  CHECK(board.sample_for(16'000) == Pressure::green);
}

TEST_CASE("One bad sample begins the wait anew") {
  Board board;
  board.with(12);
  board.signals.available = 60;
  board.sample_for(4'500);
  board.with(17);  // below 13 + 5
  board.signals.available = 60;
  CHECK(board.sample_for(5'000) == Pressure::orange);
  CHECK(board.sample() == Pressure::yellow);
}

TEST_CASE("Between the limits for entering and leaving nothing moves") {
  Board board;
  board.with(12);
  board.signals.available = 17.9;
  CHECK(board.sample_for(60'000) == Pressure::orange);
  board.signals.available = 18;
  CHECK(board.sample_for(5'250) == Pressure::yellow);
  CHECK(board.sample_for(60'000) == Pressure::yellow);
  CHECK(board.with(26.9) == Pressure::yellow);
  board.signals.available = 27;
  CHECK(board.sample_for(60'000) == Pressure::green);
}

TEST_CASE("Heat, tasks that wait and the rates have a wider limit for leaving as well") {
  Board hot;
  hot.signals.temperature = 80;
  hot.sample();
  hot.signals.temperature = 77.5;
  CHECK(hot.sample_for(60'000) == Pressure::orange);
  hot.signals.temperature = 76.9;
  CHECK(hot.sample_for(60'000) == Pressure::yellow);
  hot.signals.temperature = 71;
  CHECK(hot.sample_for(60'000) == Pressure::green);

  Board waiting;
  waiting.signals.stalled_some = 20;
  waiting.sample();
  waiting.signals.stalled_some = 8;
  CHECK(waiting.sample_for(60'000) == Pressure::orange);
  waiting.signals.stalled_some = 7;
  CHECK(waiting.sample_for(60'000) == Pressure::green);

  Board swapping;
  swapping.signals.swapped_to_card = 500;
  swapping.sample();
  swapping.signals.swapped_to_card = 16;
  CHECK(swapping.sample_for(60'000) == Pressure::orange);
}

TEST_CASE("Noise of three percent of the memory changes the pressure at most once in five seconds, wherever it plays") {
  std::mt19937 random(1);
  for (double centre = 3; centre <= 60; centre += 0.5) {
    Board board;
    std::uniform_real_distribution<double> noise(-3, 3);
    for (int i = 0; i < 4 * 300; ++i) board.with(centre + noise(random));
    CAPTURE(centre, board.changes.size());
    CHECK(hasty(board.changes, 6'000) == 0);
    CHECK(board.changes.size() <= 6);
  }
}

TEST_CASE("Slow waves of three percent do not make it change faster than that either") {
  for (const double period : {2.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 60.0})
    for (double centre = 3; centre <= 40; centre += 0.25) {
      Board board;
      for (int i = 0; i < 4 * 300; ++i) board.with(centre + 3 * std::sin(i * 0.25 / period * 2 * 3.14159265));
      CAPTURE(centre, period);
      CHECK(hasty(board.changes, 6'000 + static_cast<Millis>(period * 1'000)) == 0);
    }
}

TEST_CASE("On random walks it never falls by more than a step, never stays below what the signals ask for") {
  std::mt19937 random(7);
  for (int walk = 0; walk < 200; ++walk) {
    Board board;
    std::uniform_real_distribution<double> step(-4, 4), odd(0, 1);
    double available = 40;
    for (int i = 0; i < 1'000; ++i) {
      available = std::clamp(available + step(random), 0.0, 100.0);
      board.signals.available = available;
      board.signals.stalled_some = odd(random) < 0.02 ? 30.0 : 0.0;
      board.signals.temperature = odd(random) < 0.02 ? 82 : 50;
      const Pressure before = board.state.pressure;
      const Millis calm_before = board.state.since;
      const Pressure after = board.sample();
      REQUIRE(after >= demand(board.signals).pressure);
      REQUIRE(static_cast<int>(after) >= static_cast<int>(before) - 1);
      if (after < before) REQUIRE(board.state.since - calm_before >= kCalm);
      REQUIRE((board.state.pressure == Pressure::green) == (board.state.cause == Cause::none));
    }
  }
}

TEST_CASE("The limits are those of the table in the design, on its board with workers of 64 MiB") {
  const Limits &green = limits_for(Pressure::green), &yellow = limits_for(Pressure::yellow),
               &orange = limits_for(Pressure::orange), &red = limits_for(Pressure::red);
  CHECK(agent_line(green) == "ready up 100% maxconn:128");
  CHECK(agent_line(yellow) == "ready up 75% maxconn:96");
  CHECK(agent_line(orange) == "ready up 40% maxconn:48");
  CHECK(agent_line(red) == "ready up 10% maxconn:16");
  CHECK(php_parallel(green, 4) == 4);
  CHECK(php_parallel(yellow, 4) == 3);
  CHECK(php_parallel(orange, 4) == 2);
  CHECK(php_parallel(red, 4) == 1);
  CHECK(green.worker_memory * 64 == 80);
  CHECK(yellow.worker_memory * 64 == 72);
  CHECK(orange.worker_memory * 64 == 60);
  CHECK(red.worker_memory * 64 == 48);
  CHECK(red.worker_memory_hard * 64 == 96);
  CHECK(orange.worker_memory_hard == 0);
  CHECK(yellow.page_memory_share == 0.5);
  CHECK_FALSE(yellow.page_memory_at_once);
  CHECK(red.page_memory_share * 6 == Approx(1));
  CHECK(orange.stale_at_least == 24 * 3600);
  CHECK(red.stale_at_least == 7 * 24 * 3600);
  CHECK(red.last_class == 0);
}

TEST_CASE("Each pressure allows no more than the one below it") {
  for (int i = 1; i < static_cast<int>(kPressures); ++i) {
    const Limits &less = limits_for(static_cast<Pressure>(i - 1)), &more = limits_for(static_cast<Pressure>(i));
    CHECK(more.php_share < less.php_share);
    CHECK(more.page_memory_share < less.page_memory_share);
    CHECK(more.worker_memory < less.worker_memory);
    CHECK(more.flash_writes >= less.flash_writes);
    CHECK(more.refresh >= less.refresh);
    CHECK(more.stale_at_least >= less.stale_at_least);
    CHECK(more.last_class < less.last_class);
    CHECK(more.weight < less.weight);
    CHECK(more.connections < less.connections);
  }
}

TEST_CASE("PHP always has a worker, and never more than there are") {
  for (std::size_t workers = 1; workers <= 64; ++workers)
    for (const Pressure pressure : {Pressure::green, Pressure::yellow, Pressure::orange, Pressure::red}) {
      CHECK(php_parallel(limits_for(pressure), workers) >= 1);
      CHECK(php_parallel(limits_for(pressure), workers) <= workers);
    }
  CHECK(php_parallel(limits_for(Pressure::green), 5) == 5);
  CHECK(php_parallel(limits_for(Pressure::red), 64) == 1);
}

TEST_CASE("The reason is told in words with the figure that counted") {
  CHECK(explain(Cause::memory, {.available = 12.44}) == "MemAvailable is 12.4 %");
  CHECK(explain(Cause::heat, {.temperature = 81.2}) == "the processor has 81 degrees");
  CHECK(explain(Cause::drive, {}) == "the cache drive takes no pages");
  CHECK(explain(Cause::none, {}) == "the board is well");
  CHECK(name_of(Pressure::orange) == "ORANGE");
}

TEST_CASE("What the housekeeper writes on the board is what others read") {
  GovernorBoard board;
  CHECK(board.pressure() == Pressure::green);
  board.write({.pressure = Pressure::red, .cause = Cause::stalls, .since = 5}, {.available = 3});
  CHECK(board.limits().last_class == 0);
  CHECK(board.read().state.cause == Cause::stalls);
  CHECK(board.read().signals.available == 3);
}

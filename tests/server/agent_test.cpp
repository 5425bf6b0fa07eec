#include "server/agent.h"

#include <random>

#include "tests/support/catch.h"

using namespace larder::server;
using governor::limits_for;
using governor::Pressure;

namespace {

const std::vector<Pressure> kAll = {Pressure::green, Pressure::yellow, Pressure::orange, Pressure::red};

}  // namespace

TEST_CASE("A board without work takes what the governor allows") {
  CHECK(agent_line(true, limits_for(Pressure::green), {}) == "ready up 100% maxconn:128\n");
  CHECK(agent_line(true, limits_for(Pressure::yellow), {}) == "ready up 75% maxconn:96\n");
  CHECK(agent_line(true, limits_for(Pressure::orange), {}) == "ready up 40% maxconn:48\n");
  CHECK(agent_line(true, limits_for(Pressure::red), {}) == "ready up 10% maxconn:16\n");
}

TEST_CASE("A board off duty says so, whatever its state") {
  for (const Pressure pressure : kAll) CHECK(agent_line(false, limits_for(pressure), {.busy = 1}) == "drain\n");
}

TEST_CASE("Busy workers, a full queue, a slow processor and heat each take their share of the weight") {
  const governor::Limits& green = limits_for(Pressure::green);
  CHECK(agent_weight(green, {.busy = 0.5}) == 75);
  CHECK(agent_weight(green, {.busy = 1}) == 50);
  CHECK(agent_weight(green, {.busy = 1, .queued = 1}) == 25);
  CHECK(agent_weight(green, {.throttled = true}) == 75);
  CHECK(agent_weight(green, {.temperature = 69.9}) == 100);
  CHECK(agent_weight(green, {.temperature = 80}) == 75);
  CHECK(agent_weight(green, {.temperature = 120}) == 50);
}

TEST_CASE("The weight never leaves its bounds, and never rises with load, heat or pressure") {
  std::mt19937 random(2016);
  std::uniform_real_distribution<double> share(-0.2, 1.2), degrees(0, 130), more(0, 0.5);
  for (int i = 0; i < 20'000; ++i) {
    Load load{share(random), share(random), (random() & 1) != 0, std::nullopt};
    if ((random() & 1) != 0) load.temperature = degrees(random);
    const Pressure pressure = kAll[random() % kAll.size()];
    const int weight = agent_weight(limits_for(pressure), load);
    REQUIRE(weight >= 5);
    REQUIRE(weight <= limits_for(pressure).weight);
    REQUIRE(weight % 5 == 0);
    Load worse = load;
    worse.busy += more(random);
    worse.queued += more(random);
    worse.throttled = true;
    if (worse.temperature) *worse.temperature += 100 * more(random);
    REQUIRE(agent_weight(limits_for(pressure), worse) <= weight);
    REQUIRE(agent_weight(limits_for(Pressure::red), load) <= weight);
  }
}

TEST_CASE("An average follows and forgets") {
  Average average(100, 2'000);
  for (int i = 0; i < 20; ++i) average.add(1);
  CHECK(average.value() > 0.6);
  for (int i = 0; i < 200; ++i) average.add(1);
  CHECK(average.value() > 0.99);
  for (int i = 0; i < 200; ++i) average.add(0);
  CHECK(average.value() < 0.01);
}

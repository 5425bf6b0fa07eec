#include "server/signal_sampler.h"

#include "tests/support/boards.h"
#include "tests/support/catch.h"

using namespace larder;
using namespace larder::server;
using namespace larder::testing;

TEST_CASE("A rate is what came in the last second, however often one looks") {
  Rate rate;
  CHECK(rate.add(1'000, 0) == 0);
  CHECK(rate.add(1'050, 250) == 50);
  CHECK(rate.add(1'100, 500) == 100);
  CHECK(rate.add(1'200, 1'000) == 200);
  CHECK(rate.add(1'200, 1'250) == 150);  // since 250
  CHECK(rate.add(1'200, 2'000) == 0);
  CHECK(rate.add(1'600, 4'000) == 200);  // 400 in two seconds
}

TEST_CASE("A counter that goes back begins anew") {
  Rate rate;
  rate.add(1'000, 0);
  CHECK(rate.add(10, 250) == 0);
  CHECK(rate.add(30, 500) == 20);
}

TEST_CASE("The signals of a stock board are those of its files") {
  const StockPi board;
  board.set_available(40);
  SignalSampler sampler(board.root());
  auto signals = sampler.sample(true, 1'000);
  CHECK(signals.available == Approx(40).margin(0.1));
  CHECK(signals.temperature == Approx(48.312));
  CHECK(signals.drive_writable);
  CHECK(governor::demand(signals) == governor::Demand{});
  board.set_vmstat(0, 100, 1'000);
  signals = sampler.sample(false, 1'250);
  CHECK(signals.stalls == 200);
  CHECK(signals.major_faults == 900);
  CHECK_FALSE(signals.drive_writable);
}

TEST_CASE("Swapping counts when it goes to the card, compressed memory alone does not") {
  for (const bool card : {true, false}) {
    const NewStockPi4 board;
    if (!card) board.write("sys/block/zram0/backing_dev", "none\n");
    SignalSampler sampler(board.root());
    sampler.sample(true, 1'000);
    board.set_vmstat(64, 0, 100);
    CHECK(sampler.sample(true, 1'250).swapped_to_card == (card ? 64 : 0));
  }
}

TEST_CASE("Sensors are asked once a second") {
  const StockPi board;
  SignalSampler sampler(board.root());
  sampler.sample(true, 1'000);
  board.set_temperature(81'000);
  CHECK(sampler.sample(true, 1'750).temperature == Approx(48.312));
  CHECK(sampler.sample(true, 2'000).temperature == 81);
}

TEST_CASE("The heat of a machine that is no board is none of the governor's") {
  const StockPi board;
  board.set_temperature(95'000);
  CHECK(SignalSampler(board.root()).sample(true, 0).temperature == 95);
  board.remove("proc/device-tree");
  CHECK_FALSE(SignalSampler(board.root()).sample(true, 0).temperature);
}

TEST_CASE("A board that tells nothing is well") {
  const TempDir empty;
  SignalSampler sampler(empty.path());
  CHECK(governor::demand(sampler.sample(true, 0)) == governor::Demand{});
  CHECK(governor::demand(sampler.sample(true, 5'000)) == governor::Demand{});
}

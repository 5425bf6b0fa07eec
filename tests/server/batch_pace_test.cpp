#include "server/batch_pace.h"

#include "server/batch_group.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

#include <unistd.h>

using namespace larder::server;
using governor::Pressure;
using larder::testing::TempDir;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

}  // namespace

TEST_CASE("A command stands still in ORANGE and RED, and goes on after") {
  BatchPace pace(925 * kMiB);
  CHECK_FALSE(pace.look(Pressure::yellow, 0, 1'000));
  CHECK(pace.look(Pressure::orange, 0, 2'000));
  CHECK(pace.paused());
  CHECK_FALSE(pace.look(Pressure::red, 0, 3'000));
  CHECK(pace.this_pause(4'500) == 2'500);
  CHECK(pace.look(Pressure::yellow, 0, 5'000));
  CHECK_FALSE(pace.paused());
  CHECK(pace.total(9'000) == 3'000);
  CHECK(pace.look(Pressure::orange, 0, 10'000));
  CHECK(pace.total(11'000) == 4'000);
  CHECK(pace.pauses() == 2);
}

TEST_CASE("It stands still while much waits to be written, until half of it is") {
  BatchPace pace(925 * kMiB);
  CHECK_FALSE(pace.look(Pressure::green, 47 * kMiB, 0));
  CHECK(pace.look(Pressure::green, 48 * kMiB, 0));
  CHECK(pace.why() == BatchPace::Why::dirty);
  CHECK_FALSE(pace.look(Pressure::green, 24 * kMiB, 0));
  CHECK(pace.look(Pressure::green, 23 * kMiB, 0));
}

TEST_CASE("A machine with more memory may have more waiting") {
  BatchPace pace(20'000 * kMiB);
  CHECK_FALSE(pace.look(Pressure::green, 999 * kMiB, 0));
  CHECK(pace.look(Pressure::green, 1'000 * kMiB, 0));
  BatchPace unknown(0);
  CHECK(unknown.look(Pressure::green, 48 * kMiB, 0));
}

TEST_CASE("One reason may follow another without a break") {
  BatchPace pace(925 * kMiB);
  CHECK(pace.look(Pressure::green, 60 * kMiB, 1'000));
  CHECK_FALSE(pace.look(Pressure::orange, 60 * kMiB, 2'000));
  CHECK(pace.why() == BatchPace::Why::pressure);
  CHECK_FALSE(pace.look(Pressure::green, 60 * kMiB, 3'000));
  CHECK(pace.look(Pressure::green, 0, 4'000));
  CHECK(pace.total(4'000) == 3'000);
  CHECK(pace.pauses() == 1);
}

TEST_CASE("A memory group is made where root has the memory controller, and nowhere else") {
  const TempDir board;
  CHECK_FALSE(BatchGroup(board.path(), 7).exists());
  board.write("sys/fs/cgroup/cgroup.subtree_control", "cpu io memory pids\n");
  const BatchGroup group(board.path(), 7);
  CHECK(group.exists() == (::geteuid() == 0));
  if (!group.exists()) return;
  CHECK(larder::testing::read_file(board / "sys/fs/cgroup/larder-batch-7/memory.high") == "67108864\n");
  CHECK(larder::testing::read_file(board / "sys/fs/cgroup/larder-batch-7/cpu.idle") == "1\n");
  group.enter();
  CHECK(larder::testing::read_file(board / "sys/fs/cgroup/larder-batch-7/cgroup.procs") == "0\n");
}

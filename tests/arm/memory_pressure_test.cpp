#include "arm/memory_pressure.h"

#include <random>

#include "arm/text_file.h"
#include "tests/support/boards.h"
#include "tests/support/catch.h"

using namespace larder::arm;
using namespace larder::testing;

namespace {

MemoryReading reading_of(const BoardFiles& board) { return MemoryPressure(board.root()).read(); }

constexpr std::uint64_t kMiB = 1 << 20;

}  // namespace

TEST_CASE("A stock board tells MemAvailable and vmstat, and has no PSI and no group") {
  const StockPi board(2);
  board.set_available(25);
  board.set_vmstat(7, 20, 300);
  const MemoryReading reading = reading_of(board);
  CHECK(reading.total == 945'364ULL * 1024);
  CHECK(reading.available_percent() == Approx(25).margin(0.1));
  CHECK(reading.swapped_out == 7);
  CHECK(reading.stalls == 40);  // of both zones
  CHECK(reading.major_faults == 300);
  CHECK(reading.refaults == 12);
  CHECK_FALSE(reading.stalled_some);
  CHECK_FALSE(reading.stalled_full);
}

TEST_CASE("A tuned board tells PSI of the board and of our group: the worse one counts") {
  const TunedPi board;
  CHECK(reading_of(board).stalled_some == 0.5);
  CHECK(reading_of(board).stalled_full == 0.1);
  board.write("proc/pressure/memory",
              "some avg10=16.25 avg60=0.00 avg300=0 total=0\nfull avg10=0.00 avg60=1 total=0\n");
  CHECK(reading_of(board).stalled_some == 16.25);
  CHECK(reading_of(board).stalled_full == 0.1);
}

TEST_CASE("The tighter of board and group counts, and files in memory can be given up") {
  const TunedPi board;
  board.set_available(95);
  MemoryReading reading = reading_of(board);
  CHECK(reading.total == 800 * kMiB);
  CHECK(reading.available == (800 - 200 + 50 + 20) * kMiB);
  board.set_available(10);
  reading = reading_of(board);
  CHECK(reading.total == 945'364ULL * 1024);
  CHECK(reading.available_percent() == Approx(10).margin(0.1));
}

TEST_CASE("A limit of a group above ours counts as well") {
  const TunedPi board;
  board.set_available(95);
  board.write("sys/fs/cgroup/system.slice/memory.max", "524288000\n");
  board.write("sys/fs/cgroup/system.slice/memory.current", "471859200\n");
  CHECK(reading_of(board).total == 500 * kMiB);
  CHECK(reading_of(board).available == 50 * kMiB);
}

TEST_CASE("Where a group is slowed down is its limit, if it is below the one where it is killed") {
  const TunedPi board;
  board.set_available(95);
  board.write("sys/fs/cgroup/system.slice/larder.service/memory.high", "629145600\n");
  CHECK(reading_of(board).total == 600 * kMiB);
  board.write("sys/fs/cgroup/system.slice/larder.service/memory.high", "max\n");
  CHECK(reading_of(board).total == 800 * kMiB);
}

TEST_CASE("What may be taken at most is the least of MemTotal and all groups") {
  const TunedPi tuned;
  CHECK(MemoryPressure(tuned.root()).limit().bytes == 800 * kMiB);
  CHECK(MemoryPressure(tuned.root()).limit().of_group);
  tuned.write("sys/fs/cgroup/system.slice/larder.service/memory.max", "8388608000\n");
  CHECK(MemoryPressure(tuned.root()).limit().bytes == 945'364ULL * 1024);
  const StockPi stock;
  CHECK(MemoryPressure(stock.root()).limit().bytes == 945'364ULL * 1024);
  CHECK_FALSE(MemoryPressure(stock.root()).limit().of_group);
  const TempDir empty;
  CHECK(MemoryPressure(empty.path()).limit().bytes == 0);
}

TEST_CASE("What waits to be written is the board's, or that of a group which has less memory than it") {
  const StockPi board;
  board.write("proc/meminfo", "MemTotal: 945364 kB\nMemAvailable: 500000 kB\nDirty: 2048 kB\nWriteback: 1024 kB\n");
  CHECK(MemoryPressure(board.root()).unwritten() == 3 * kMiB);
  board.write("proc/self/cgroup", "4:memory:/larder\n0::/\n");
  const std::string group = "sys/fs/cgroup/memory/larder/";
  board.write(group + "memory.stat", "dirty 1\ntotal_dirty 8388608\ntotal_writeback 4194304\n");
  board.write(group + "memory.limit_in_bytes", "9223372036854771712\n");
  CHECK(MemoryPressure(board.root()).unwritten() == 3 * kMiB);
  board.write(group + "memory.limit_in_bytes", "536870912\n");
  CHECK(MemoryPressure(board.root()).unwritten() == 12 * kMiB);

  const TunedPi tuned;
  tuned.write("sys/fs/cgroup/system.slice/larder.service/memory.stat", "file_dirty 1048576\nfile_writeback 4096\n");
  CHECK(MemoryPressure(tuned.root()).unwritten() == kMiB + 4096);
  const TempDir empty;
  CHECK(MemoryPressure(empty.path()).unwritten() == 0);
}

TEST_CASE("Groups of version 1 count, with their own words for no limit") {
  const StockPi board;
  board.set_available(95);
  board.write("proc/self/cgroup", "5:devices:/\n4:memory:/larder\n0::/\n");
  const std::string group = "sys/fs/cgroup/memory/larder/";
  board.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  board.write(group + "memory.limit_in_bytes", "1073741824\n");
  board.write(group + "memory.usage_in_bytes", "1073741824\n");
  board.write(group + "memory.stat", "cache 1\nactive_file 1\ntotal_active_file 0\ntotal_inactive_file 268435456\n");
  CHECK(reading_of(board).total == 1024 * kMiB);
  CHECK(reading_of(board).available == 256 * kMiB);
}

TEST_CASE("A board without any of the files is unknown, not short of memory") {
  const TempDir empty;
  const MemoryReading reading = MemoryPressure(empty.path()).read();
  CHECK(reading.total == 0);
  CHECK(reading.available_percent() == 100);
  CHECK(reading.swapped_out == 0);
}

TEST_CASE("A group that uses more than its limit has nothing left, not a great deal") {
  MemoryReading reading;
  take_group(100, 250, "", reading);
  CHECK(reading.total == 100);
  CHECK(reading.available == 0);
  take_group(0, 5, "", reading);
  CHECK(reading.total == 100);
}

TEST_CASE("Nonsense of a kernel is unknown, and damaged files never give figures beyond what is possible") {
  MemoryReading reading;
  parse_meminfo("MemTotal: 0 kB\nMemAvailable: 5 kB\n", reading);
  CHECK(reading.total == 0);
  parse_meminfo("MemTotal: 99999999999999999999 kB\nMemAvailable: 5 kB\n", reading);
  CHECK(reading.total == 0);
  parse_meminfo("MemTotal: 10 kB\nMemAvailable: 50 kB\n", reading);
  CHECK(reading.available == reading.total);
  parse_pressure("some avg10=nan\nfull avg10=-3\nsome avg10=101\n", reading);
  CHECK_FALSE(reading.stalled_some);

  const std::string whole =
      "MemTotal: 945364 kB\nMemAvailable: 5 kB\nsome avg10=16.25 avg60=0\nfull avg10=0.5\npswpout 4\nallocstall 3\n";
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = whole;
    for (int n = 0; n < 4; ++n) text[random() % text.size()] = static_cast<char>(random());
    text.resize(random() % (text.size() + 1));
    MemoryReading damaged;
    parse_meminfo(text, damaged);
    parse_vmstat(text, damaged);
    parse_pressure(text, damaged);
    take_group(random() % 1000, random() % 1000, text, damaged);
    REQUIRE(damaged.available <= damaged.total);
    REQUIRE(damaged.available_percent() >= 0);
    REQUIRE(damaged.available_percent() <= 100);
    REQUIRE(damaged.stalled_some.value_or(0) <= 100);
  }
}

TEST_CASE("This machine has memory") {
  const MemoryReading reading = MemoryPressure().read();
  CHECK(reading.total > 0);
  CHECK(reading.available > 0);
}

TEST_CASE("Numbers and words of small files are found wherever the file ends") {
  CHECK(number_of("a 1\nb: 22 kB\nbb 3", "bb") == 3);
  CHECK(number_of("a 1\nb: 22 kB\n", "b") == 22);
  CHECK_FALSE(number_of("ab 1\n", "b"));
  CHECK_FALSE(number_of("b\n", "b"));
  CHECK_FALSE(number_at_start("x1"));
  CHECK(trimmed(std::string("x\n\0", 3)) == "x");
  CHECK(trimmed(" \n").empty());
  CHECK(read_text("/nonexistent/x").empty());
  CHECK(read_text("/dev/zero").size() == 64 * 1024);
}

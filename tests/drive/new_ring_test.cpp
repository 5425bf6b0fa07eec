#include "drive/new_ring.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/counters.h"
#include "cache/device.h"
#include "cache/page_store.h"
#include "cache/superblock.h"
#include "tests/drive/fake_machine.h"
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temp_dir.h"

using namespace larder;
using namespace larder::drive;
using larder::drive::testing::FakeMachine;
using larder::testing::TempDir;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

struct Making {
  Making() {
    options.path = directory.path();
    options.bytes = 9 * kMiB;
    options.progress = [this](std::string what, std::uint64_t total) -> Progress {
      return {std::move(what), total, false, clock, [this](std::string_view text) { progress += text; }};
    };
  }
  Status make() { return make_new_ring(options, machine, clock); }
  std::string refusal() {
    const Status done = make();
    REQUIRE_FALSE(done);
    return done.error().message;
  }
  std::string ring() const { return directory / "ring"; }
  bool holds_ring() const {
    const auto device = cache::FileDevice::open(ring());
    REQUIRE(device);
    const auto superblock = load_superblock(**device);
    return superblock && *superblock && (*superblock)->geometry == cache::fit_geometry(options.bytes);
  }

  TempDir directory;
  NewRingOptions options;
  FakeMachine machine{""};
  ManualClock clock;
  std::string progress;
};

bool says(const std::string& text, const std::string& words) {
  INFO(text);
  return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a ring is made where there was none, and the daemon takes it as it is") {
  Making making;
  REQUIRE(making.make());
  CHECK(making.holds_ring());
  CHECK(making.machine.asked.empty());
  CHECK(says(making.machine.said, "ring is ready: 2 segments of 4.2 MB"));
  CHECK(says(making.machine.said, "One after the other it writes "));
  CHECK(says(making.progress, "measuring the speed: 100 %"));
  CHECK(std::filesystem::file_size(making.ring()) < 4 * 4096);
  Counters counters;
  std::string reports;
  const auto store =
      cache::PageStore::open({.path = making.options.path, .ring_bytes = making.options.bytes}, making.clock, counters,
                             [&](Level, std::string_view text) { reports += text; });
  CHECK(store);
  CHECK(reports.empty());
}

TEST_CASE("with every byte tried the ring is as empty as without") {
  Making making;
  making.options.full = true;
  REQUIRE(making.make());
  CHECK(making.holds_ring());
  CHECK(says(making.machine.said, "All 12.6 MB came back as they were written."));
  CHECK(std::filesystem::file_size(making.ring()) < 4 * 4096);
}

TEST_CASE("a ring that is there is kept unless somebody says yes") {
  Making making;
  REQUIRE(making.make());
  const std::string before = larder::testing::read_file(making.ring());
  CHECK(says(making.refusal(), "holds a ring of 8.4 MB, and nobody is there to ask"));
  making.machine.answer = "y";
  CHECK(making.refusal() == "nothing was changed");
  CHECK(says(making.machine.asked, "holds a ring of 8.4 MB, which will be lost. Type \"yes\" to go on: "));
  CHECK(larder::testing::read_file(making.ring()) == before);
  making.machine.answer = "yes";
  REQUIRE(making.make());
  CHECK(larder::testing::read_file(making.ring()) != before);
  making.machine.answer.reset();
  making.options.erase_unasked = true;
  REQUIRE(making.make());
}

TEST_CASE("what is no ring is asked about too") {
  Making making;
  making.directory.write("ring", "my diary");
  CHECK(says(making.refusal(), "holds something that is no ring of this version"));
  CHECK(larder::testing::read_file(making.ring()) == "my diary");
}

TEST_CASE("a ring that a daemon has is refused") {
  Making making;
  const auto daemon = cache::FileDevice::open(making.ring());
  REQUIRE(daemon);
  making.options.erase_unasked = true;
  CHECK(says(making.refusal(), "is in use by another larder: stop it first (systemctl stop larder)"));
}

TEST_CASE("what cannot be is said before anything is touched") {
  Making making;
  making.options.bytes = 7 * kMiB;
  CHECK(says(making.refusal(), "too small: cache.size must be 8.4 MB at least"));
  making.options.bytes = std::uint64_t{1} << 50;
  CHECK(says(making.refusal(), "make cache.size smaller"));
  making.options.bytes = 9 * kMiB;
  making.options.path = "";
  CHECK(says(making.refusal(), "cache.path is not set"));
  making.options.path = making.directory / "none";
  CHECK(says(making.refusal(), "make that folder first"));
  making.options.path = making.directory.write("file", "x");
  CHECK(says(making.refusal(), "neither a folder nor a block device"));
}

TEST_CASE("wherever it is interrupted, there is no ring, nothing that fills the drive, and the next one works") {
  for (int calls = 1; calls < 300; calls += 37) {
    Making making;
    making.options.full = calls % 2 == 0;
    making.options.erase_unasked = true;
    making.directory.write("ring", "something");
    int left = calls;
    making.options.interrupted = [&] { return --left <= 0; };
    CHECK(says(making.refusal(), "interrupted\nNo ring was made; what was there is gone."));
    CHECK(std::filesystem::file_size(making.ring()) == 0);
    making.options.interrupted = [] { return false; };
    REQUIRE(making.make());
    CHECK(making.holds_ring());
  }
}

TEST_CASE("the ring belongs to whom its folder belongs") {
  if (::getuid() != 0) return;  // only root can give files away
  Making making;
  REQUIRE(::chown(making.directory.path().c_str(), 65534, 65534) == 0);
  REQUIRE(making.make());
  struct stat status {};
  REQUIRE(::stat(making.ring().c_str(), &status) == 0);
  CHECK(status.st_uid == 65534);
  CHECK((status.st_mode & 0777) == 0600);
}

#include "server/temp_folder.h"

#include <filesystem>
#include <thread>

#include "server/spool_space.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace larder::server {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

struct Board {
  TempDir runtime, drive;
  TempFolder folder{runtime.path(), drive.path(), ""};
  fs::path place() const { return fs::canonical(folder.path()); }
  fs::path on_drive() const { return fs::canonical(drive.path()) / "tmp"; }
  fs::path in_memory() const { return fs::canonical(runtime.path()) / "tmp-in-memory"; }
};

TEST_CASE_METHOD(Board, "The folder is in memory until the drive is known to be there") {
  CHECK(place() == in_memory());
  CHECK_FALSE(fs::exists(on_drive()));
}

TEST_CASE_METHOD(Board, "It goes to the drive and comes back, under the same name") {
  const std::string name = folder.path();
  for (int times = 0; times < 2; ++times) {
    folder.lead(true);
    CHECK(place() == on_drive());
    folder.lead(false);
    CHECK(place() == in_memory());
  }
  CHECK(folder.path() == name);
}

TEST_CASE_METHOD(Board, "It is in memory when the drive has no room for a folder") {
  fs::create_symlink("/nowhere/at/all", on_drive());
  folder.lead(true);
  CHECK(place() == in_memory());
}

TEST_CASE("A cache that is no directory, or none, has its folder in memory") {
  TempDir runtime;
  const std::string file = runtime.write("device", "not a directory");
  for (const std::string& cache : {std::string(), file, file + "/missing"}) {
    INFO(cache);
    TempFolder folder(runtime.path(), cache, "");
    folder.lead(true);
    CHECK(fs::canonical(folder.path()).filename() == "tmp-in-memory");
  }
}

TEST_CASE_METHOD(Board, "There is a folder at any time while it is being led to and fro") {
  std::atomic<bool> done{false};
  std::thread leader([&] {
    for (int times = 0; times < 2'000; ++times) folder.lead(times % 2 == 0);
    done = true;
  });
  std::size_t missing = 0;
  while (!done)
    if (!fs::is_directory(folder.path())) ++missing;
  leader.join();
  CHECK(missing == 0);
}

TEST_CASE_METHOD(Board, "Spooled bodies follow the folder") {
  Counters counters;
  SpoolSpace space(folder.path(), std::uint64_t{2} << 30, counters);
  folder.lead(true);
  CHECK(space.create().ok());
  fs::remove_all(runtime.path());  // nothing is left: not the link, not the drive
  CHECK(space.create().ok());
  CHECK(space.limit() == 64 << 20);  // memory is dearer than a drive
  CHECK(space.reserve(64 << 20));
  CHECK_FALSE(space.reserve(1));
}

}  // namespace
}  // namespace larder::server

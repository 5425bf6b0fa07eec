#include "drive/folders.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/counters.h"
#include "cache/page_store.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace larder;
using namespace larder::drive;
using larder::testing::read_file;
using larder::testing::TempDir;

namespace {

constexpr std::uint64_t kRingBytes = 64 << 20;

Owner me() { return {.user = ::getuid(), .group = ::getgid()}; }

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

// What the daemon complains of when it opens the ring.
std::vector<std::string> complaints(const std::string& folder) {
  std::vector<std::string> texts;
  const SystemClock clock;
  Counters counters;
  const auto store = cache::PageStore::open({.path = folder, .ring_bytes = kRingBytes}, clock, counters,
                                            [&](Level, std::string_view text) { texts.emplace_back(text); });
  REQUIRE(store);
  (*store)->stop();
  return texts;
}

}  // namespace

TEST_CASE("a folder is made with the mode that was asked for, whatever the umask") {
  const TempDir directory;
  const mode_t before = ::umask(0077);
  const Status made = make_folder(directory / "site", me(), 02775);
  ::umask(before);
  REQUIRE(made);
  CHECK(mode_of(directory / "site") == 02775);
  CHECK_FALSE(std::filesystem::exists(directory / "site.new"));
}

TEST_CASE("a folder that is there keeps its mode and what is in it") {
  const TempDir directory;
  directory.write("site/index.php", "hello");
  REQUIRE(::chmod((directory / "site").c_str(), 0711) == 0);
  REQUIRE(make_folder(directory / "site", me(), 02775));
  CHECK(mode_of(directory / "site") == 0711);
  CHECK(read_file(directory / "site/index.php") == "hello");
}

TEST_CASE("a folder that was begun is finished") {
  const TempDir directory;
  REQUIRE(::mkdir((directory / "site.new").c_str(), 0700) == 0);
  REQUIRE(make_folder(directory / "site", me(), 02775));
  CHECK(mode_of(directory / "site") == 02775);
  CHECK_FALSE(std::filesystem::exists(directory / "site.new"));
}

TEST_CASE("a file or a link in the place of a folder is an error") {
  const TempDir directory;
  directory.write("site", "");
  CHECK_FALSE(make_folder(directory / "site", me(), 02775));
  REQUIRE(::symlink("/", (directory / "cache").c_str()) == 0);
  CHECK_FALSE(make_folder(directory / "cache", me(), 0750));
  REQUIRE(::symlink("/", (directory / "other.new").c_str()) == 0);
  CHECK_FALSE(make_folder(directory / "other", me(), 0750));
}

TEST_CASE("the ring that is made is the one that the daemon wants") {
  const TempDir directory;
  REQUIRE(make_ring(directory.path(), kRingBytes, me()));
  CHECK(complaints(directory.path()).empty());
}

TEST_CASE("a ring that is there keeps every byte") {
  const TempDir directory;
  const std::string path = directory.write("ring", "pages of another size");
  REQUIRE(make_ring(directory.path(), kRingBytes, me()));
  CHECK(read_file(path) == "pages of another size");
}

TEST_CASE("an empty ring is one that was begun") {
  const TempDir directory;
  directory.write("ring", "");
  REQUIRE(make_ring(directory.path(), kRingBytes, me()));
  CHECK(complaints(directory.path()).empty());
}

TEST_CASE("a link in the place of the ring leads nowhere") {
  const TempDir directory;
  const std::string victim = directory.write("victim", "");
  std::filesystem::create_directory(directory / "cache");
  REQUIRE(::symlink(victim.c_str(), (directory / "cache/ring").c_str()) == 0);
  CHECK_FALSE(make_ring(directory / "cache", kRingBytes, me()));
  CHECK(read_file(victim).empty());
}

TEST_CASE("a folder that is not there cannot be synced") {
  const TempDir directory;
  CHECK(sync_drive(directory.path()));
  CHECK_FALSE(sync_drive(directory / "nowhere"));
}

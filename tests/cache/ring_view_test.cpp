#include "cache/ring_view.h"

#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "tests/cache/ring_fixture.h"
#include "tests/support/temp_dir.h"

using namespace larder;
using namespace larder::cache;
using larder::testing::TempDir;

namespace {

struct RingOnDrive {
  // What the ring's medium holds now, as a file.
  std::unique_ptr<RingView> look() {
    const auto& bytes = ring.medium->bytes;
    const std::string path = directory.write("ring", std::string(bytes.begin(), bytes.end()));
    auto view = RingView::open(path);
    REQUIRE(view);
    return *std::move(view);
  }
  std::string refusal(std::string_view content) {
    auto view = RingView::open(directory.write("other", content));
    REQUIRE_FALSE(view);
    return view.error().message;
  }

  TempDir directory;
  RingFixture ring;
};

std::uint64_t version_of(RingView& view, const std::string& key) {
  const auto found = view.find(key);
  REQUIRE(found);
  return *found && (*found)->page ? told_version(*(*found)->page, key) : 0;
}

}  // namespace

TEST_CASE("a ring on the drive shows the newest page of each key, in segments with and without an end") {
  RingOnDrive drive;
  for (std::uint64_t version = 1; version <= 60; ++version)
    drive.ring.put("page " + std::to_string(version % 10), version, 1000);
  REQUIRE(drive.ring.ring->write_out().ok());
  const auto view = drive.look();
  CHECK(view->segments().size() == 3);
  for (std::uint64_t i = 0; i < 10; ++i)
    CHECK(version_of(*view, "page " + std::to_string(i)) == (i == 0 ? 60 : 50 + i));
  CHECK(version_of(*view, "page 10") == 0);

  std::map<std::string, std::uint64_t> seen;
  Millis newest = INT64_MAX;
  REQUIRE(view->for_each_page([&](const RingView::Found& found) {
                CHECK(seen.count(found.page->key) == 0);
                seen[found.page->key] = told_version(*found.page, found.page->key);
                CHECK(found.page->created <= newest);
                return true;
              })
              .ok());
  CHECK(seen.size() == 10);
  CHECK(seen["page 3"] == 53);
}

TEST_CASE("looking at pages ends when it is told to") {
  RingOnDrive drive;
  for (std::uint64_t version = 1; version <= 5; ++version) drive.ring.put(std::to_string(version), version);
  REQUIRE(drive.ring.ring->close().ok());
  std::vector<std::string> seen;
  REQUIRE(drive.look()
              ->for_each_page([&](const RingView::Found& found) {
                seen.push_back(found.page->key);
                return seen.size() < 2;
              })
              .ok());
  CHECK(seen == std::vector<std::string>{"5", "4"});
}

TEST_CASE("a page of an unclean run is fresh no longer than the superblock says") {
  RingOnDrive drive;
  drive.ring.put("old", 1);
  REQUIRE(drive.ring.ring->write_out().ok());
  drive.ring.clock.advance(1000);
  drive.ring.crash();
  drive.ring.put("new", 2);
  REQUIRE(drive.ring.ring->close().ok());
  const auto view = drive.look();
  const auto old = *view->find("old"), young = *view->find("new");
  REQUIRE(old);
  REQUIRE(young);
  CHECK(view->fresh_until(*old) == old->page->created + 1000 + 300'000);
  CHECK(view->fresh_until(*young) == young->page->created + 600'000);
}

TEST_CASE("a damaged page is found and has no bytes") {
  RingOnDrive drive;
  drive.ring.put("page", 1);
  REQUIRE(drive.ring.ring->close().ok());
  drive.ring.fill_segments(1);
  drive.ring.medium->bytes[RingFixture::kTiny.segment_bytes + 200] ^= 1;
  const auto found = drive.look()->find("page");
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->page == nullptr);
}

TEST_CASE("what is no ring says what it is") {
  RingOnDrive drive;
  CHECK(drive.refusal("").find("is empty") != std::string::npos);
  CHECK(drive.refusal("something else").find("is not a ring") != std::string::npos);
  const auto& bytes = drive.ring.medium->bytes;
  std::string other(bytes.begin(), bytes.end());
  for (const std::size_t at : {std::size_t{8}, std::size_t{4096 + 8}}) other.replace(at, 1, "\x63");
  const std::string refusal = drive.refusal(other);
  INFO(refusal);
  CHECK(refusal.find("a ring of version 99, and this program knows version ") != std::string::npos);

  const auto missing = RingView::open(drive.directory / "none");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.find("there is no ring") == 0);
  CHECK(RingView::open(drive.directory.path()).error().message.find("neither a file nor a block device") !=
        std::string::npos);
  if (::getuid() != 0) {
    const std::string path = drive.directory.write("secret", "");
    REQUIRE(::chmod(path.c_str(), 0) == 0);
    CHECK(RingView::open(path).error().message.find("only root and the owner may read it") != std::string::npos);
  }
}

TEST_CASE("a superblock with a geometry that no ring has is refused") {
  RingOnDrive drive;
  for (const Geometry geometry : {Geometry{0, 4}, Geometry{4097, 4}, Geometry{65536, 0}}) {
    auto medium = std::make_shared<Medium>();
    MemoryDevice device(medium);
    auto superblock = *make_superblock(geometry);
    REQUIRE(store_superblock(device, superblock).ok());
    CHECK(drive.refusal(std::string(medium->bytes.begin(), medium->bytes.end())).find("which no ring has") !=
          std::string::npos);
  }
}

TEST_CASE("the ring of a folder is the file in it, and a file is itself") {
  TempDir directory;
  CHECK(ring_path(directory.path()) == directory / "ring");
  CHECK(ring_path(directory / "not-yet") == directory / "not-yet/ring");
  const std::string file = directory.write("image", "x");
  CHECK(ring_path(file) == file);
}

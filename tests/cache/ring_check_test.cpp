#include "cache/ring_check.h"

#include "cache/segment.h"
#include "tests/cache/ring_fixture.h"
#include "tests/support/temp_dir.h"

using namespace larder;
using namespace larder::cache;
using larder::testing::TempDir;

namespace {

constexpr std::uint32_t kBytes = RingFixture::kTiny.segment_bytes;

struct CheckedRing {
  std::unique_ptr<RingView> look() {
    const auto& bytes = ring.medium->bytes;
    auto view = RingView::open(directory.write("ring", std::string(bytes.begin(), bytes.end())));
    REQUIRE(view);
    return *std::move(view);
  }
  RingCheck check() {
    return check_ring(*look(), [](std::uint64_t) {});
  }

  TempDir directory;
  RingFixture ring;
};

// What both ways of counting must agree on.
void check_same(const RingCheck& a, const RingCheck& b) {
  CHECK(a.segments == b.segments);
  CHECK(a.written_bytes == b.written_bytes);
  CHECK(a.records == b.records);
  CHECK(a.record_bytes == b.record_bytes);
  CHECK(a.pages == b.pages);
  CHECK(a.page_bytes == b.page_bytes);
}

}  // namespace

TEST_CASE("a new ring is right and holds nothing") {
  CheckedRing ring;
  const auto check = ring.check();
  CHECK(check.good());
  CHECK(check.segments == 0);
  CHECK(check.pages == 0);
  check_same(check, *count_ring(*ring.look()));
}

TEST_CASE("a ring is counted the same by its records and by its footers, and was written about as often as it says") {
  CheckedRing ring;
  for (std::uint64_t version = 1; version <= 200; ++version)
    ring.ring.put("page " + std::to_string(version % 25), version, 300 + version * 7);
  REQUIRE(ring.ring.ring->write_out().ok());
  const auto check = ring.check();
  CHECK(check.good());
  CHECK(check.complaints.empty());
  CHECK(check.segments == 4);
  CHECK(check.pages == 25);
  CHECK(check.records > 50);
  CHECK(check.page_bytes < check.record_bytes);
  CHECK(check.record_bytes < check.written_bytes);
  CHECK(check.written_bytes > 3 * kBytes);
  check_same(check, *count_ring(*ring.look()));
}

TEST_CASE("each kind of damage is counted and said with its place") {
  CheckedRing ring;
  ring.ring.put("page", 1, 700);
  ring.ring.fill_segments(3);
  REQUIRE(ring.ring.ring->write_out().ok());
  REQUIRE(ring.check().good());
  auto& bytes = ring.ring.medium->bytes;
  bytes[kBytes + 100] ^= 1;    // a record of the first segment
  bytes[kBytes * 3 - 4] ^= 1;  // the end of the second
  bytes[kBytes * 3 + 9] ^= 1;  // the beginning of the third
  const auto check = ring.check();
  CHECK_FALSE(check.good());
  CHECK(check.damaged_records == 1);
  CHECK(check.damaged_segments == 2);
  REQUIRE(check.complaints.size() == 3);
  CHECK(check.complaints[0] == "segment 1 at byte 32784: a record is not right");
  CHECK(check.complaints[1] == "segment 2 at byte 98280: its end is not right");
  CHECK(check.complaints[2] == "segment 3 at byte 98304: its beginning is not right");
}

TEST_CASE("however much is damaged, the list of it has an end") {
  CheckedRing ring;
  for (std::uint64_t version = 1; version <= 800; ++version) ring.ring.put(std::to_string(version), version, 60);
  ring.ring.fill_segments(1);
  REQUIRE(ring.check().good());
  auto& bytes = ring.ring.medium->bytes;
  for (std::size_t at = kBytes + 50; at < bytes.size(); at += 150)
    if (at % kBytes < kBytes / 2) bytes[at] ^= 1;  // not the footers
  const auto check = ring.check();
  CHECK(check.damaged_records > RingCheck::kMostComplaints);
  CHECK(check.complaints.size() == RingCheck::kMostComplaints);
}

TEST_CASE("progress goes to the end of the ring") {
  CheckedRing ring;
  ring.ring.fill_segments(2);
  std::vector<std::uint64_t> told;
  (void)check_ring(*ring.look(), [&](std::uint64_t done) { told.push_back(done); });
  CHECK(told == std::vector<std::uint64_t>{kBytes, 2 * kBytes, 3 * kBytes, 4 * kBytes});
}

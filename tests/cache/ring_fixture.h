// A ring on a medium in memory, and the few words that its tests are made of. One thread does everything.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/counters.h"
#include "cache/ring.h"
#include "tests/cache/memory_device.h"
#include "tests/cache/told_page.h"
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"

namespace larder::cache {

struct RingFixture {
  static constexpr Geometry kTiny{.segment_bytes = 32 * 1024, .segment_count = 4};

  explicit RingFixture(const Geometry& tiny = kTiny) : geometry(tiny) { open(); }

  Status try_open() {
    auto opened = Ring::open(std::make_unique<MemoryDevice>(medium), geometry, clock, counters,
                             [this](Level, std::string_view text) { reports.emplace_back(text); });
    if (!opened) return opened.error();
    ring = *std::move(opened);
    return Done{};
  }
  void open() {
    REQUIRE(try_open().ok());
    recover();
  }
  void recover() {
    while (ring->recovering()) (void)ring->recover_step();
  }
  // As kill -9 does: what was written out is there, what was in memory is not.
  void crash() {
    ring.reset();
    open();
  }
  void restart() {
    REQUIRE(ring->close().ok());
    crash();
  }

  bool try_put(const Page& page) {
    auto at = ring->append(page, ring->hash(page.key));
    if (at)
      ring->publish(ring->hash(page.key), *at);
    else
      ring->abandon(at.error().code);
    return at.ok();
  }
  void put(const std::string& key, std::uint64_t version, std::uint64_t size = 500) {
    REQUIRE(try_put(*told_page(key, version, size)));
  }
  void remove(const std::string& key) { ring->forget(ring->hash(key)); }
  PagePtr get(const std::string& key) {
    auto found = ring->read(key);
    return found ? found->page : nullptr;
  }
  // 0: nothing there.
  std::uint64_t version(const std::string& key) {
    const PagePtr page = get(key);
    if (!page) return 0;
    const std::uint64_t told = told_version(*page, key);
    INFO("wrong bytes under " << key);
    REQUIRE(told != 0);
    return told;
  }
  // Fills segments until this many have been begun since.
  void fill_segments(int count) {
    const std::uint64_t bytes = std::uint64_t{geometry.segment_bytes} * static_cast<unsigned>(count);
    for (std::uint64_t filled = 0; filled < bytes; filled += 4096) put("filler", ++filler, 3900);
  }

  Geometry geometry;
  std::shared_ptr<Medium> medium = std::make_shared<Medium>();
  ManualClock clock;
  Counters counters;
  std::vector<std::string> reports;
  std::unique_ptr<Ring> ring;
  std::uint64_t filler = 0;
};

}  // namespace larder::cache

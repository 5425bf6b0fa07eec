// A ring's image with bytes changed at will: it opens or says why not, recovers, finds only what it was asked for, and
// can be written again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/counters.h"
#include "cache/ring.h"
#include "tests/cache/memory_device.h"
#include "tests/cache/told_page.h"
#include "tests/support/manual_clock.h"

namespace {

using namespace larder;
using namespace larder::cache;

constexpr Geometry kGeometry{.segment_bytes = 16 * 1024, .segment_count = 4};
constexpr std::uint64_t kKeys = 20;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string key(std::uint64_t i) { return "http://pi/" + std::to_string(i); }

std::unique_ptr<Ring> open(const std::shared_ptr<Medium>& medium, const Clock& clock, Counters& counters) {
  auto ring = Ring::open(std::make_unique<MemoryDevice>(medium), kGeometry, clock, counters, {});
  require(ring.ok());
  for (int steps = 0; (*ring)->recovering(); ++steps) {
    require(steps < 10);
    require((*ring)->recover_step().ok());
  }
  return *std::move(ring);
}

void put(Ring& ring, const Page& page) {
  auto at = ring.append(page, ring.hash(page.key));
  require(at.ok());
  ring.publish(ring.hash(page.key), *at);
}

// One segment sealed, one open, and a second run behind.
std::vector<std::uint8_t> make_image() {
  auto medium = std::make_shared<Medium>();
  const ManualClock clock;
  Counters counters;
  for (std::uint64_t run = 0; run < 2; ++run) {
    const auto ring = open(medium, clock, counters);
    for (std::uint64_t i = 0; i < 30; ++i)
      put(*ring, *told_page(key(i % kKeys), run * 100 + i + 1, 200 + i * 37 % 700));
    require(ring->close().ok());
  }
  return medium->bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::uint8_t> kImage = make_image();
  auto medium = std::make_shared<Medium>();
  medium->bytes = kImage;
  // Edits of "place:4 length:1 bytes"; the rest of the image stays, so that most checksums are right.
  while (size >= 5) {
    const std::size_t at = get_le<std::uint32_t>(data) % (kImage.size() + 1);
    const std::size_t length = std::min<std::size_t>(data[4], size - 5);
    if (length == 255) medium->bytes.resize(std::min(medium->bytes.size(), at));
    for (std::size_t i = 0; i < length && at + i < medium->bytes.size(); ++i) medium->bytes[at + i] = data[5 + i];
    data += 5 + length;
    size -= 5 + length;
  }
  const ManualClock clock;
  Counters counters;
  auto ring = open(medium, clock, counters);
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    const auto found = ring->read(key(i));
    require(found.ok());
    require(!found->page || found->page->key == key(i));
  }
  const auto page = told_page("after", 1, 5000);
  put(*ring, *page);
  require(ring->close().ok());
  ring = open(medium, clock, counters);
  const auto found = ring->read("after");
  require(found.ok() && found->page && same_answer(*found->page, *page));
  return 0;
}

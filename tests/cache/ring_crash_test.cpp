// What a power cut can leave of a ring: every such image recovers, without one wrong byte.
#include <map>
#include <random>

#include "tests/cache/ring_fixture.h"

namespace larder::cache {
namespace {

using Image = std::vector<std::uint8_t>;

// Opens a ring on the image, reads every key, writes to it and reads again. Returns how many pages were found.
std::uint64_t survive(const Image& image, const std::map<std::string, std::uint64_t>& newest) {
  RingFixture f;
  f.ring.reset();
  f.medium = std::make_shared<Medium>();
  f.medium->bytes = image;
  f.open();
  std::uint64_t found = 0;
  for (const auto& [key, last] : newest) {
    const auto version = f.version(key);
    REQUIRE(version <= last);
    found += version > 0 ? 1 : 0;
  }
  f.put("after", 1);
  f.restart();
  REQUIRE(f.version("after") == 1);
  return found;
}

// A ring that is written for a while; `each` sees the image before every write, with the write.
struct Recording {
  Recording() {
    f.medium->writes.clear();
    std::minstd_rand random(5);
    for (std::uint64_t version = 1; version <= 160; ++version) {
      const std::string key = "k" + std::to_string(random() % 40);
      f.put(key, version, random() % 2500);
      newest[key] = version;
      if (random() % 4 == 0) write_out();
    }
    write_out();
  }
  void write_out() {
    REQUIRE(f.ring->write_out());
    images.push_back(f.medium->bytes);
  }

  RingFixture f;
  std::map<std::string, std::uint64_t> newest;
  std::vector<Image> images;  // after every write_out()
};

TEST_CASE("Every image between two writes recovers") {
  const Recording recording;
  std::uint64_t found = 0;
  for (const Image& image : recording.images) found += survive(image, recording.newest);
  CHECK(found > 10 * recording.images.size());
}

TEST_CASE("A file cut off at any point recovers") {
  const Recording recording;
  const Image& whole = recording.images.back();
  std::size_t cuts = 0;
  for (std::size_t size = 0; size < whole.size(); size += 509, ++cuts)
    survive(Image(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)), recording.newest);
  CHECK(cuts > 200);
}

TEST_CASE("A write torn at any sector recovers, with the old bytes or with none behind the tear") {
  const Recording recording;
  const std::size_t sector = GENERATE(512U, 4096U);
  std::size_t tears = 0;
  for (std::size_t i = 1; i < recording.images.size(); ++i) {
    const Image& before = recording.images[i - 1];
    Image torn = recording.images[i];
    // From the end: one sector more of the new bytes is taken back each time.
    for (std::size_t at = torn.size() / sector * sector; at > 0; at -= sector) {
      bool changed = false;
      for (std::size_t j = at - sector; j < at; ++j) {
        const std::uint8_t old = j < before.size() ? before[j] : 0;
        changed = changed || torn[j] != old;
        torn[j] = old;
      }
      if (!changed) continue;
      survive(torn, recording.newest);
      if (++tears > 600) break;
    }
  }
  CHECK(tears > 50);
}

TEST_CASE("A drive that lost some synced blocks, and kept later ones, recovers") {
  const Recording recording;
  std::minstd_rand random(9);
  for (int round = 0; round < 300; ++round) {
    Image image = recording.images[random() % recording.images.size()];
    const Image& older = recording.images[random() % recording.images.size()];
    for (std::size_t block = 0; block + kBlock <= image.size(); block += kBlock) {
      if (random() % 5 != 0) continue;
      for (std::size_t j = block; j < block + kBlock; ++j) image[j] = j < older.size() ? older[j] : 0;
    }
    survive(image, recording.newest);
  }
}

}  // namespace
}  // namespace larder::cache

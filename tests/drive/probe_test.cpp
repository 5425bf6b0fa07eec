#include "drive/probe.h"

#include <vector>

#include "tests/cache/memory_device.h"
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"

using namespace larder;
using namespace larder::drive;
using cache::Medium;
using cache::MemoryDevice;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

bool go_on(std::uint64_t) { return true; }

// A stick that takes every write and has room for less: what is beyond goes where it fits.
class LyingDevice final : public cache::Device {
 public:
  explicit LyingDevice(std::uint64_t really) : really_(really) {}
  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> to) override {
    return inner_.read(offset % really_, to.first(fitting(offset, to.size())));
  }
  Result<std::size_t> write(std::uint64_t offset, std::span<const std::uint8_t> from) override {
    return inner_.write(offset % really_, from.first(fitting(offset, from.size())));
  }
  Status sync() override { return Done{}; }
  Status clear() override { return Done{}; }

 private:
  std::size_t fitting(std::uint64_t offset, std::size_t size) const {
    return std::min(size, static_cast<std::size_t>(really_ - offset % really_));
  }
  const std::uint64_t really_;
  MemoryDevice inner_{std::make_shared<Medium>()};
};

// As many milliseconds as bytes of a drive of 1 MB/s, both ways.
class SlowDevice final : public cache::Device {
 public:
  SlowDevice(std::shared_ptr<Medium> medium, ManualClock& clock) : inner_(std::move(medium)), clock_(clock) {}
  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> to) override {
    clock_.advance(static_cast<Millis>(to.size()) / 1000 + (to.size() < 20'000 ? 4 : 0));
    return inner_.read(offset, to);
  }
  Result<std::size_t> write(std::uint64_t offset, std::span<const std::uint8_t> from) override {
    clock_.advance(static_cast<Millis>(from.size()) / 1000);
    return inner_.write(offset, from);
  }
  Status sync() override { return inner_.sync(); }
  Status clear() override { return inner_.clear(); }

 private:
  MemoryDevice inner_;
  ManualClock& clock_;
};

}  // namespace

TEST_CASE("a drive that keeps what it takes is good to the last block") {
  MemoryDevice device(std::make_shared<Medium>());
  std::uint64_t last = 0;
  const auto capacity = probe_capacity(device, 3 * kMiB + 4096, [&](std::uint64_t done) {
    CHECK(done >= last);
    last = done;
    return true;
  });
  REQUIRE(capacity);
  CHECK(capacity->good == 3 * kMiB + 4096);
  CHECK_FALSE(capacity->found_instead);
  CHECK(last > 5 * kMiB);
}

TEST_CASE("a drive that lies about its size is found out, with the place of the first wrong byte") {
  LyingDevice device(5 * kMiB);
  const auto capacity = probe_capacity(device, 8 * kMiB, go_on);
  REQUIRE(capacity);
  CHECK(capacity->good == 0);  // written over by what came last
  CHECK(capacity->found_instead == 5 * kMiB);
}

TEST_CASE("a single wrong bit is found, wherever it is") {
  for (const std::uint64_t at : {std::uint64_t{0}, 2 * kMiB + 5000, 3 * kMiB - 1}) {
    auto medium = std::make_shared<Medium>();
    MemoryDevice device(medium);
    const auto capacity = probe_capacity(device, 3 * kMiB, [&](std::uint64_t done) {
      if (done == 3 * kMiB) medium->bytes[at] ^= 0x40;  // all is written, nothing read
      return true;
    });
    REQUIRE(capacity);
    CHECK(capacity->good == at / 4096 * 4096);
    CHECK_FALSE(capacity->found_instead);
  }
}

TEST_CASE("what a former run left is not taken for this one's") {
  auto medium = std::make_shared<Medium>();
  MemoryDevice device(medium);
  REQUIRE(probe_capacity(device, kMiB, go_on)->good == kMiB);
  const std::vector<std::uint8_t> before = medium->bytes;
  const auto capacity = probe_capacity(device, kMiB, [&](std::uint64_t done) {
    if (done == kMiB) std::copy(before.begin() + 8192, before.begin() + 12288, medium->bytes.begin() + 8192);
    return true;
  });
  REQUIRE(capacity);
  CHECK(capacity->good == 8192);
}

TEST_CASE("a drive that is full, fails or ends says where") {
  auto medium = std::make_shared<Medium>();
  MemoryDevice device(medium);
  medium->capacity = kMiB;
  const auto full = probe_capacity(device, 2 * kMiB, go_on);
  REQUIRE_FALSE(full);
  CHECK(full.error().code == ENOSPC);
  CHECK(full.error().message.find("after 1.0 MB") != std::string::npos);
  medium->capacity = UINT64_MAX;
  medium->sync_error = EIO;
  CHECK(probe_capacity(device, kMiB, go_on).error().code == EIO);
  medium->sync_error = 0;
  const auto cut = probe_capacity(device, kMiB, [&](std::uint64_t done) {
    if (done == kMiB) medium->bytes.resize(kMiB / 2);
    return true;
  });
  REQUIRE(cut);
  CHECK(cut->good == kMiB / 2);
}

TEST_CASE("both probes end when they are told to") {
  MemoryDevice device(std::make_shared<Medium>());
  ManualClock clock;
  for (std::uint64_t calls = 1; calls < 20; calls += 3) {
    std::uint64_t left = calls;
    const auto stop = [&](std::uint64_t) { return --left > 0; };
    CHECK(probe_capacity(device, 2 * kMiB, stop).error().code == ECANCELED);
    left = calls;
    CHECK(probe_speed(device, 2 * kMiB, clock, stop).error().code == ECANCELED);
  }
}

TEST_CASE("speeds are bytes and reads a second") {
  ManualClock clock;
  auto medium = std::make_shared<Medium>();
  SlowDevice device(medium, clock);
  const auto speed = probe_speed(device, 8 * kMiB, clock, go_on);
  REQUIRE(speed);
  CHECK(speed->written == Approx(1e6).epsilon(0.01));
  CHECK(speed->read == Approx(1e6).epsilon(0.01));
  CHECK(speed->reads == Approx(50).epsilon(0.01));  // 16 ms and 4 for the way
  CHECK(medium->bytes.size() == 8 * kMiB);
}

TEST_CASE("a slow drive is measured by what it does in half a minute") {
  ManualClock clock;
  auto medium = std::make_shared<Medium>();
  SlowDevice device(medium, clock);
  const Millis begun = clock.steady();
  const auto speed = probe_speed(device, 100 * kMiB, clock, go_on);
  REQUIRE(speed);
  CHECK(speed->written == Approx(1e6).epsilon(0.01));
  CHECK(medium->bytes.size() < 31 * kMiB);
  CHECK(clock.steady() - begun < 92'000);
}

TEST_CASE("a drive too small to measure has no speed") {
  MemoryDevice device(std::make_shared<Medium>());
  ManualClock clock;
  const auto speed = probe_speed(device, 4096, clock, go_on);
  REQUIRE(speed);
  CHECK(speed->written == 0);
  CHECK(speed->reads == 0);
}

#include "drive/probe.h"

#include <fmt/core.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <span>
#include <vector>

#include "base/byte_text.h"
#include "base/bytes.h"
#include "cache/geometry.h"

namespace larder::drive {
namespace {

constexpr std::size_t kChunk = 128 * 1024;      // as the ring writes
constexpr std::size_t kPage = 16 * 1024;        // as the ring reads
constexpr std::uint64_t kSyncAfter = 64 << 20;  // so that progress is that of the drive
constexpr Millis kLimit = 30'000;
constexpr std::uint64_t kPageReads = 1000;

using cache::kBlock;

Error interrupted() { return {"interrupted", ECANCELED}; }

// Blocks that say where they belong; `salt` is of this run, so that what a former one left is not taken for them.
class Pattern {
 public:
  explicit Pattern(std::uint64_t salt) : salt_(salt) {}

  void fill(std::uint64_t offset, std::span<std::uint8_t> to) const {
    for (std::size_t at = 0; at < to.size(); at += kBlock) fill_block(offset + at, to.subspan(at, kBlock));
  }
  // Where this block belongs, if it is one of ours.
  std::optional<std::uint64_t> place_of(std::span<const std::uint8_t> block) const {
    const auto place = get_le<std::uint64_t>(block.data());
    std::array<std::uint8_t, kBlock> wanted{};
    fill_block(place, wanted);
    return std::equal(wanted.begin(), wanted.end(), block.begin()) ? std::optional(place) : std::nullopt;
  }

 private:
  // SplitMix64 (Steele, Lea, Flood 2014): as fast as memory, and nothing that a controller could compress.
  void fill_block(std::uint64_t offset, std::span<std::uint8_t> to) const {
    put_le(to.data(), offset);
    std::uint64_t state = salt_ ^ (offset * 0x9E3779B97F4A7C15U);
    for (std::size_t at = 8; at < kBlock; at += 8) {
      std::uint64_t word = state += 0x9E3779B97F4A7C15U;
      word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9U;
      word = (word ^ (word >> 27)) * 0x94D049BB133111EBU;
      put_le(&to[at], word ^ (word >> 31));
    }
  }

  const std::uint64_t salt_;
};

Result<Pattern> new_pattern() {
  std::uint64_t salt = 0;
  if (::getrandom(&salt, sizeof salt, 0) != static_cast<ssize_t>(sizeof salt)) return system_error("getrandom");
  return Pattern(salt);
}

double rate(std::uint64_t amount, Millis time) {
  return time > 0 ? static_cast<double>(amount) * 1000 / static_cast<double>(time) : 0;
}

class SpeedProbe {
 public:
  SpeedProbe(cache::Device& device, std::uint64_t bytes, const Clock& clock, const Going& going)
      : device_(device), bytes_(bytes / kChunk * kChunk), clock_(clock), going_(going), buffer_(kChunk) {}

  Result<Speed> run() {
    if (Status done = write(); !done) return done.error();
    if (Status done = read(); !done) return done.error();
    if (Status done = read_pages(); !done) return done.error();
    return speed_;
  }

 private:
  Status write();
  Status read();
  Status read_pages();
  Millis begin() { return begun_ = clock_.steady(); }
  Millis time() const { return clock_.steady() - begun_; }

  cache::Device& device_;
  const std::uint64_t bytes_;
  const Clock& clock_;
  const Going& going_;
  std::vector<std::uint8_t> buffer_;
  Millis begun_ = 0;
  std::uint64_t written_ = 0;
  Speed speed_;
};

Status SpeedProbe::write() {
  const auto pattern = new_pattern();
  if (!pattern) return pattern.error();
  begin();
  std::uint64_t synced = 0;
  while (written_ < bytes_ && time() < kLimit) {
    if (!going_(written_)) return interrupted();
    pattern->fill(written_, buffer_);
    if (auto done = write_fully(device_, written_, buffer_); !done) return done;
    written_ += kChunk;
    if (written_ - synced < kSyncAfter && written_ < bytes_) continue;
    if (auto done = device_.sync(); !done) return done;
    synced = written_;
  }
  if (auto done = device_.sync(); !done) return done;
  speed_.written = rate(written_, time());
  return Done{};
}

Status SpeedProbe::read() {
  begin();
  std::uint64_t done = 0;
  for (; done < written_ && time() < kLimit; done += kChunk) {
    if (!going_(written_ + done)) return interrupted();
    auto got = read_fully(device_, done, buffer_);
    if (!got) return got.error();
    if (*got < kChunk) return Error{fmt::format("the drive ends at {}", format_bytes(done + *got)), EIO};
  }
  speed_.read = rate(done, time());
  return device_.sync();  // what was just read is not to be found in memory
}

Status SpeedProbe::read_pages() {
  std::minstd_rand random(1);
  std::uniform_int_distribution<std::uint64_t> places(0, written_ / kPage - 1);
  begin();
  std::uint64_t done = 0;
  for (; written_ > 0 && done < kPageReads && time() < kLimit; ++done) {
    if (!going_(2 * written_)) return interrupted();
    auto got = read_fully(device_, places(random) * kPage, std::span(buffer_).first(kPage));
    if (!got) return got.error();
  }
  speed_.reads = rate(done, time());
  return Done{};
}

Status write_pattern(cache::Device& device, std::uint64_t bytes, const Pattern& pattern, const Going& going) {
  std::vector<std::uint8_t> chunk(kChunk);
  for (std::uint64_t at = 0; at < bytes; at += kChunk) {
    if (!going(at)) return interrupted();
    const auto part = std::span(chunk).first(static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, bytes - at)));
    pattern.fill(at, part);
    if (auto done = write_fully(device, at, part); !done)
      return Error{fmt::format("{} (after {})", done.error().message, format_bytes(at)), done.error().code};
    if ((at + kChunk) % kSyncAfter != 0) continue;
    if (auto done = device.sync(); !done) return done;
  }
  return device.sync();
}

}  // namespace

Result<Speed> probe_speed(cache::Device& device, std::uint64_t bytes, const Clock& clock, const Going& going) {
  return SpeedProbe(device, bytes, clock, going).run();
}

Result<Capacity> probe_capacity(cache::Device& device, std::uint64_t bytes, const Going& going) {
  const auto pattern = new_pattern();
  if (!pattern) return pattern.error();
  if (auto done = write_pattern(device, bytes, *pattern, going); !done) return done.error();
  Capacity capacity;
  std::vector<std::uint8_t> chunk(kChunk);
  while (capacity.good < bytes) {
    if (!going(bytes + capacity.good)) return interrupted();
    const auto part =
        std::span(chunk).first(static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, bytes - capacity.good)));
    const auto got = read_fully(device, capacity.good, part);
    if (!got) return got.error();
    for (std::size_t at = 0; at < part.size(); at += kBlock, capacity.good += kBlock) {
      if (at + kBlock > *got) return capacity;
      const auto place = pattern->place_of(part.subspan(at, kBlock));
      if (place == capacity.good) continue;
      capacity.found_instead = place;
      return capacity;
    }
  }
  return capacity;
}

}  // namespace larder::drive

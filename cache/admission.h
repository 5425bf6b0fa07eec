// Admission: which rendered pages are worth a write to flash. Pure but for the time it is told (Clock::steady()).
//
// Flash bytes are a budget per day, a bucket that fills all the time and holds a day's bytes at most. What has been
// written to the drive, for whatever reason, is taken out of it. The fuller it is, the less a page must show for it:
// more than half full, a page without a query is written when it is first rendered; else, and for all pages with a
// query (which anyone can invent), only one that somebody has asked for again. When it is empty nothing is written.
// Threads: none of its own; its owner locks.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace larder::cache {

class Admission {
 public:
  static constexpr std::uint64_t kUnlimited = UINT64_MAX;

  // The bucket begins full: a new ring is worth filling.
  Admission(std::uint64_t bytes_a_day, Millis now) : a_day_(bytes_a_day), left_(double(bytes_a_day)), filled_at_(now) {}

  // `written`: bytes that have been written to the drive in all, as Counter::ring_written_bytes counts them.
  void note_written(std::uint64_t written, Millis now);

  enum class Level { plenty, little, none };
  Level level() const;
  // However much is left: no more than that, until further notice.
  void hold_back(Level to) { at_most_ = to; }
  Level held_back_to() const { return at_most_; }

  enum class Verdict { write, wait_for_second_hit, over_budget, held_back };
  // `again`: it has been asked for more than once, as far as anybody remembers.
  Verdict judge(std::string_view key, bool again) const;

  std::uint64_t left() const { return left_ > 0 ? static_cast<std::uint64_t>(left_) : 0; }  // bytes, now
  std::uint64_t bytes_a_day() const { return a_day_; }

 private:
  const std::uint64_t a_day_;
  double left_;  // below 0: the writer was ahead of its last note
  Millis filled_at_;
  std::uint64_t written_ = 0;
  Level at_most_ = Level::plenty;
};

}  // namespace larder::cache

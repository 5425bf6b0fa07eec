// RecentKeys: a small memory of keys for which something holds for a while. It may forget one early (another took its
// place) and, once in 2^64, take one key for another; it never grows. Threads: none of its own; its owner locks.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "cache/key.h"

namespace larder::server {

class RecentKeys {
 public:
  // `why` is static text.
  void remember(std::string_view key, Millis until, std::string_view why = {}) {
    const std::uint64_t hash = cache::hash_key(key, 0);
    entries_[hash % kRemembered] = {hash, until, why};
  }
  bool has(std::string_view key, Millis now) const {
    const std::uint64_t hash = cache::hash_key(key, 0);
    const Entry& entry = entries_[hash % kRemembered];
    return entry.hash == hash && now < entry.until;
  }
  // Of a key that it has.
  std::string_view why(std::string_view key) const { return entries_[cache::hash_key(key, 0) % kRemembered].why; }

 private:
  static constexpr std::size_t kRemembered = 1024;
  struct Entry {
    std::uint64_t hash = 0;
    Millis until = 0;
    std::string_view why;
  };
  std::array<Entry, kRemembered> entries_{};
};

}  // namespace larder::server

// Renewals: records of the ring whose page was rendered again with not one byte changed. They are not written again;
// only here is known how long they are fresh now. Bounded; gone with the run.
//
// Threads: none of its own; its owner locks.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "base/clock.h"
#include "cache/index.h"

namespace larder::cache {

// Page::created and Page::lifetime.
struct Freshness {
  Millis created = 0;
  std::int64_t lifetime = 0;
};

class Renewals {
 public:
  explicit Renewals(std::size_t most) : most_(most) {}

  // False when there is no room.
  bool put(std::uint64_t hash, const Location& at, const Freshness& freshness) {
    if (known_.size() >= most_ && known_.count(hash) == 0) return false;
    known_[hash] = {at, freshness};
    return true;
  }
  // nullptr: the record there is as fresh as it says itself.
  const Freshness* find(std::uint64_t hash, const Location& at) const {
    const auto found = known_.find(hash);
    return found == known_.end() || found->second.at != at ? nullptr : &found->second.freshness;
  }
  void erase(std::uint64_t hash) { known_.erase(hash); }

  // Makes room: forgets those for which gone(location) is true.
  template <class Gone>
  void sweep(Gone gone) {
    std::erase_if(known_, [&](const auto& entry) { return gone(entry.second.at); });
  }
  bool full() const { return known_.size() >= most_; }

 private:
  struct Renewal {
    Location at;
    Freshness freshness;
  };
  const std::size_t most_;
  std::unordered_map<std::uint64_t, Renewal> known_;
};

}  // namespace larder::cache

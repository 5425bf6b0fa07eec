// PurgeList: what has been purged, and what that means for pages that are older than their purge.
//
// A purge names pages by key, by the beginning of their keys, by tag, or all. Hard: they are gone. Soft: their
// freshness ends with the purge. It holds for pages made before it, wherever they still lie, and for renders that began
// before it (their answer may be older than what was purged for). Variants of a page go with it. At most kMostPurges
// names are remembered; one more, and all that is older is purged, hard. Threads: all functions from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cache/page.h"

namespace larder::cache {

struct Purge {
  enum class Kind : std::uint8_t { key, prefix, tag, all };
  Kind kind = Kind::key;
  std::string text;  // of all: empty
  bool hard = true;
  Millis at = 0;  // wall clock
  bool operator==(const Purge&) const = default;
};

class PurgeList {
 public:
  static constexpr std::size_t kMostPurges = 4096;

  void add(const std::vector<Purge>& purges);

  // What is left of a page: itself, a copy whose freshness has ended, or nothing (nullptr).
  PagePtr sieve(PagePtr page) const;

  // For renders: the number of purges so far, and whether one since then means this page.
  std::uint64_t epoch() const;
  // Calls `put` unless the page was purged since `epoch`; false when it was. No purge comes between the two.
  // Afterwards only times tell which came first, so a page made in the same tick of the clock as a purge before it
  // is said to be made after it.
  template <class Put>
  bool put_unless_purged(std::uint64_t epoch, Page& page, Put put) const {
    std::shared_lock gate(gate_);
    if (is_purged_since(epoch, page)) return false;
    page.created = told_apart(page);
    put();
    return true;
  }

 private:
  static constexpr Millis kTick = 10;  // of the kernel's coarse clocks, at most

  bool is_purged_since(std::uint64_t epoch, const Page& page) const;
  Millis told_apart(const Page& page) const;
  struct Times {
    Millis hard = kNever, soft = kNever;
    std::uint64_t epoch = 0;
  };
  static constexpr Millis kNever = INT64_MIN;
  using Names = std::unordered_map<std::string, Times>;

  Times latest_for(const Page& page) const;  // under the lock
  static void raise(Times& to, const Times& by);

  // Two, because put() takes locks under which sieve() is called: gate_, then those, then mutex_.
  mutable std::shared_mutex gate_;  // no purge comes while a page is put
  mutable std::shared_mutex mutex_;
  std::uint64_t epoch_ = 0;
  Names keys_, tags_;
  std::map<std::string, Times, std::less<>> prefixes_;
  Times all_;
  Millis latest_ = kNever;
};

}  // namespace larder::cache

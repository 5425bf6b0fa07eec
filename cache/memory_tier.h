// MemoryTier: the pages in memory, whole and ready to send, bounded in bytes.
//
// Eviction is S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023): new pages go through
// a small queue (10 %) and reach the main one only when they were asked for again; a ghost queue remembers the hashes
// of those that fell out of the small one, so that a page that comes back is let into the main one at once. Threads:
// all functions from any thread; one mutex, held for a table look-up or the eviction's list surgery. Pages are freed
// outside it.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cache/page.h"

namespace larder::cache {

class MemoryTier {
 public:
  // `seed` is that of hash_key().
  MemoryTier(std::uint64_t limit_bytes, std::uint64_t seed);
  MemoryTier(const MemoryTier&) = delete;
  MemoryTier& operator=(const MemoryTier&) = delete;

  // The page or nullptr; counts as a hit of it. No allocation. `first`: its first hit since it came here.
  struct Hit {
    PagePtr page;
    bool first = false;
  };
  Hit hit(std::string_view key);
  // The same without looking further.
  PagePtr find(std::string_view key) { return hit(key).page; }
  // Counts as nothing.
  PagePtr peek(std::string_view key) const;

  // The next hit counts as its first again; of each page.
  void expect_first(std::string_view key);
  void expect_first();

  // A page that could not be written to the drive gives way after those that can be read again, as long as such pages
  // are no more than half of all.
  void set_only_here(std::string_view key, bool only_here);
  std::vector<PagePtr> only_here() const;

  // Fell out of memory not long ago.
  bool remembers(std::string_view key) const;

  // Replaces what the key held. A page that costs more than the whole limit is not kept (nor what it would replace).
  void put(PagePtr page);

  // The page that the key holds afterwards: the one that was there, else `page`.
  PagePtr put_if_absent(PagePtr page);

  // The same page in another form takes the place of `from` with all its merits; nothing when `from` is not there any
  // more.
  void exchange(const PagePtr& from, PagePtr to);

  void erase(std::string_view key);
  void clear();

  // Pages of at most `largest` bytes that were hit several times lately, whose codings could still be made smaller; at
  // most `count`. Looks at the newest few hundred.
  std::vector<PagePtr> often_asked(std::size_t count, std::uint64_t largest) const;

  // Evicts at once what is above the new limit.
  void set_limit(std::uint64_t bytes);

  std::uint64_t limit() const;
  std::uint64_t bytes() const;  // never above limit()
  std::uint64_t pages() const;
  std::vector<PagePtr> all() const;

  // What the tier itself needs for a page: list and table nodes, its ghost.
  static constexpr std::uint64_t kEntryOverhead = 256;

 private:
  struct Entry {
    PagePtr page;
    std::uint64_t cost = 0;
    std::uint64_t hash = 0;
    std::uint8_t hits = 0;  // since it came to its place, at most 3
    bool in_main = false;
    bool asked_for = false;  // since it came
    bool only_here = false;
  };
  using Queue = std::list<Entry>;  // newest first
  struct KeyHash {
    std::uint64_t seed;
    std::size_t operator()(std::string_view key) const;
  };
  using Freed = std::vector<PagePtr>;

  void insert(PagePtr page, Freed& freed);
  void remove(Queue::iterator entry, Freed& freed);
  void shrink(Freed& freed);
  void move_to_main(Queue::iterator entry, std::uint8_t hits);
  bool is_spared(const Entry& entry) const { return entry.only_here && only_here_bytes_ <= limit_ / 2; }
  void evict_from_small(Freed& freed);
  void evict_from_main(Freed& freed);
  void remember(std::uint64_t hash);
  bool was_seen(std::uint64_t hash) const;

  const std::uint64_t seed_;
  mutable std::mutex mutex_;
  std::uint64_t limit_;
  std::uint64_t bytes_ = 0, small_bytes_ = 0, only_here_bytes_ = 0;
  Queue small_, main_;
  std::unordered_map<std::string_view, Queue::iterator, KeyHash> table_;  // the keys are those of the pages
  std::deque<std::uint64_t> ghosts_;                                      // oldest first; at most one a page
  std::unordered_set<std::uint64_t> ghost_set_;
};

}  // namespace larder::cache

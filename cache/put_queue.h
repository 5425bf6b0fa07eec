// PutQueue: pages on their way to the ring, bounded in bytes; at most one a key, the newest.
//
// Threads: none of its own; its owner locks.
#pragma once

#include <cstdint>
#include <list>
#include <string_view>
#include <unordered_map>

#include "cache/page.h"

namespace larder::cache {

class PutQueue {
 public:
  explicit PutQueue(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  // False when the queue is full; the key has no page in it then. `again`: the ring has it, but is about to lose it.
  bool put(PagePtr page, bool again = false);
  void cancel(std::string_view key);
  void clear();
  PagePtr find(std::string_view key) const;

  // The oldest. It stays, and can be found, replaced and cancelled, until it is finished.
  PagePtr front() const { return pages_.front().page; }
  bool front_again() const { return pages_.front().again; }
  // Takes the page out; false when it had been replaced or cancelled.
  bool finish(const PagePtr& page);

  bool empty() const { return pages_.empty(); }
  std::size_t size() const { return pages_.size(); }

 private:
  struct Item {
    PagePtr page;
    bool again = false;
  };
  using Pages = std::list<Item>;

  const std::uint64_t max_bytes_;
  std::uint64_t bytes_ = 0;
  Pages pages_;
  std::unordered_map<std::string_view, Pages::iterator> by_key_;  // the keys are those of the pages
};

}  // namespace larder::cache

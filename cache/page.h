// Page: one stored response, whole and immutable, shared by everyone who is sending it.
//
// A page is built once (from PHP's answer or from a verified ring record) and then only read, from any thread.
// The one mutable part are the slots, one a coding, in which the server keeps what it prepared for sending, so that a
// hit builds nothing; they go when the page goes.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/field.h"
#include "cache/bodies.h"

namespace larder::cache {

// Holds something derived from the page, made anew when its stamp differs (the server stamps with the second,
// because Age and ttl change once a second). Thread-safe.
// A copy of a page prepares its answers anew.
class PreparedSlot {
 public:
  PreparedSlot() = default;
  PreparedSlot(const PreparedSlot&) {}
  PreparedSlot& operator=(const PreparedSlot&) = delete;
  std::shared_ptr<const void> get(std::int64_t stamp) const {
    std::lock_guard lock(mutex_);
    return stamp == stamp_ ? value_ : nullptr;
  }
  void set(std::int64_t stamp, std::shared_ptr<const void> value) const {
    std::lock_guard lock(mutex_);
    stamp_ = stamp;
    value_.swap(value);
  }

 private:
  mutable std::mutex mutex_;
  mutable std::int64_t stamp_ = -1;
  mutable std::shared_ptr<const void> value_;
};

// Tells the first time from those that follow. Thread-safe; a copy of a page begins anew.
class OnceFlag {
 public:
  OnceFlag() = default;
  OnceFlag(const OnceFlag&) {}
  OnceFlag& operator=(const OnceFlag&) = delete;
  bool first() const { return !set_.exchange(true, std::memory_order_relaxed); }

 private:
  mutable std::atomic<bool> set_{false};
};

struct Page {
  std::string key;   // the whole cache key, see key.h
  int status = 200;  // HTTP status
  // End-to-end response fields as PHP sent them; no Date, Age or hop-by-hop field, and no Content-Encoding that the
  // bodies stand for.
  Fields fields;
  std::string tags;  // names that a purge can call this page by, one a line
  Bodies bodies;
  Millis created = 0;         // wall clock: when the response was made, less any Age it came with (RFC 9111 4.2.3)
  std::int64_t lifetime = 0;  // freshness lifetime in seconds (RFC 9111 4.2.1)

  // For the answer in that coding, when its body is at hand: what the slot keeps is counted with the page.
  const PreparedSlot& prepared(Coding coding) const { return prepared_[static_cast<std::size_t>(coding)]; }

  // Seconds. Asked for at every hit, and 64-bit divisions are slow on a 32-bit board.
  std::int64_t age_at(Millis wall) const {
    const Millis age = wall > created ? wall - created : 0;
    return age <= UINT32_MAX ? static_cast<std::uint32_t>(age) / 1000 : age / 1000;
  }
  bool fresh_at(Millis wall) const { return age_at(wall) < lifetime; }

  bool of_file = false;   // made of a file of the site: for memory only, and no purge means it
  bool polished = false;  // its codings are as small as they can be made
  OnceFlag inflated;      // a client that takes no compressed page asked for it

  // Bytes of memory that holding this page costs: everything in it, and the prepared answers of all its bodies.
  std::size_t memory_cost() const;

 private:
  std::array<PreparedSlot, kCodings.size()> prepared_;
};

using PagePtr = std::shared_ptr<const Page>;

}  // namespace larder::cache

// PageStore: the one door to the page cache: a memory tier over a ring on flash.
//
// Threads: every function is safe from any thread. find_in_memory() and put() never wait for the drive; the ring is
// read and written by the store's own reader and writer threads. A failing drive makes misses, never errors: it is
// counted (Counter::ring_errors) and reported.
// Lifetime: the store outlives nobody's PagePtr; the callbacks of look-ups under way are called (with nullptr) before
// stop() returns.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "base/result.h"
#include "cache/device.h"
#include "cache/geometry.h"
#include "cache/page.h"

namespace larder::cache {

struct StoreOptions {
  std::string path;                        // directory that holds the ring file; empty: memory only
  std::uint64_t ring_bytes = 0;            // size of the ring, rounded down to whole segments; 0: memory only
  std::uint64_t memory_bytes = 0;          // bound of the memory tier
  std::uint64_t max_page_bytes = 2 << 20;  // larger bodies are not stored
  std::uint32_t segment_bytes = kSegmentBytes;
  std::uint64_t queue_bytes = 8 << 20;     // bound of the pages that wait for the drive
};

struct StoreInfo {
  std::uint64_t memory_pages = 0, memory_bytes = 0;
  std::uint64_t ring_pages = 0, ring_bytes = 0;  // indexed records; size of the ring
  bool recovering = false;
};

class PageStore {
 public:
  // Opens or creates the ring and starts its threads; recovery goes on in the background. Fails when the path cannot be
  // used at all (missing, not writable, held by another daemon): the caller decides whether to go on with memory only.
  static Result<std::unique_ptr<PageStore>> open(const StoreOptions&, const Clock&, Counters&, Report);
  // The same on a device of the caller's; `path` does not count.
  static Result<std::unique_ptr<PageStore>> open_on(std::unique_ptr<Device> device, const StoreOptions&, const Clock&,
                                                    Counters&, Report);
  ~PageStore();  // stop()

  // The page under this key, fresh or not, or nullptr.
  PagePtr find_in_memory(std::string_view key);

  // Asks the ring. `found` is called once, on the reader thread or (when there is nothing to read) at once on the
  // caller's, with a page whose every byte was verified, or nullptr. A found page is put into the memory tier.
  using Found = std::function<void(PagePtr)>;
  void find_on_flash(std::string_view key, Found found);

  // Memory now, ring soon; replaces what the key held. A page too large for the store only removes that. One that is
  // fresh for no more than 30 s (redirects, pages not found) is kept in memory only: it would be old before it is read.
  void put(PagePtr page);
  // `to` is the same page in another form; it takes the place of `from` in memory if that is still there.
  void replace_in_memory(const PagePtr& from, PagePtr to);
  void remove(std::string_view key);  // from both tiers; durable only as far as the ring's index (issue: purge)

  // A read of the drive hangs: find_on_flash() finds nothing at once until it returns.
  bool drive_stuck() const;

  std::uint64_t max_page_bytes() const;
  void set_memory_limit(std::uint64_t bytes);  // evicts at once what is above
  StoreInfo info() const;

  // Waits until everything put so far is on the drive or given up. For tests and clean stops.
  void flush();
  void stop();

 private:
  class Impl;
  explicit PageStore(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace larder::cache

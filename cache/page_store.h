// PageStore: the one door to the page cache: a memory tier over a ring on flash.
//
// Threads: every function is safe from any thread. find_in_memory() and put() never wait for the drive; the ring is
// read and written by the store's own reader and writer threads, and a third looks after the drive: when it goes, pages
// are kept in memory only; when it comes back, its ring is taken up again. A failing drive makes misses, never errors:
// it is counted, reported once for each change, and shown by info().
// Lifetime: the store outlives nobody's PagePtr; the callbacks of look-ups under way are called (with nullptr) before
// stop() returns.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "base/result.h"
#include "cache/admission.h"
#include "cache/device.h"
#include "cache/drive_health.h"
#include "cache/geometry.h"
#include "cache/page.h"
#include "cache/superblock.h"
#include "cache/trust.h"

namespace larder::cache {

struct StoreOptions {
  std::string path;                        // directory of the ring file, or a block device; empty: memory only
  std::uint64_t ring_bytes = 0;            // rounded down to whole segments, and to the device; 0: memory only
  std::uint64_t memory_bytes = 0;          // bound of the memory tier
  std::uint64_t max_page_bytes = 2 << 20;  // larger bodies are not stored
  std::uint32_t segment_bytes = kSegmentBytes;
  std::uint64_t queue_bytes = 8 << 20;                 // bound of the pages that wait for the drive
  std::uint64_t write_budget = Admission::kUnlimited;  // bytes a day
  TrustClock trust_clock;                              // none: the wall clock is right
  // A drive that is not there at the start is waited for, with pages in memory meanwhile. Else it is an error.
  bool wait_for_drive = false;
  // What becomes of a page that comes from the drive: itself, another in its place, or nullptr (see PurgeList).
  std::function<PagePtr(PagePtr)> sieve = {};
};

struct StoreInfo {
  std::uint64_t memory_pages = 0, memory_bytes = 0;
  std::uint64_t ring_pages = 0, ring_bytes = 0;     // indexed records; size of the ring
  std::uint64_t write_budget = 0, budget_left = 0;  // bytes a day; bytes that may be written now
  bool recovering = false;
  DriveState drive = DriveState::none;
};

class PageStore {
 public:
  // Opens or creates the ring and starts the threads; recovery goes on in the background. Fails when the path cannot be
  // used at all (missing, not writable), unless the drive is waited for, and when another daemon has the ring
  // (EWOULDBLOCK).
  static Result<std::unique_ptr<PageStore>> open(const StoreOptions&, const Clock&, Counters&, Report);

  // The same on devices of the caller's: asked for one at the start, and whenever the drive may be back; `last` is the
  // ring that was there last time. `path` does not count.
  using OpenDevice = std::function<Result<std::unique_ptr<Device>>(const std::optional<Uuid>& last)>;
  static Result<std::unique_ptr<PageStore>> open_on(OpenDevice open_device, const StoreOptions&, const Clock&,
                                                    Counters&, Report);
  ~PageStore();  // stop()

  // The page under this key, fresh or not, or nullptr.
  PagePtr find_in_memory(std::string_view key);

  // Asks the ring. `found` is called once, on a thread of the store's or (when there is nothing to read) at once on the
  // caller's, with a page whose every byte was verified, or nullptr. A found page is put into the memory tier.
  using Found = std::function<void(PagePtr)>;
  void find_on_flash(std::string_view key, Found found);

  // Memory now, the ring soon if it is worth that (Admission) and not there already; replaces what the key held. A page
  // too large for the store only removes that. One that is fresh for no more than 30 s (redirects, pages not found) is
  // kept in memory only: it would be old before it is read. So is what was made of a file, which is there to be read.
  void put(PagePtr page);
  // `to` is the same page in another form; it takes the place of `from` in memory if that is still there.
  void replace_in_memory(const PagePtr& from, PagePtr to);
  PagePtr peek(std::string_view key) const;  // as find_in_memory(), but no hit
  // As find_on_flash(), but the page does not come to memory by it. Whether there is something to find: perhaps.
  void peek_on_flash(std::string_view key, Found found);
  bool may_be_on_flash(std::string_view key) const;
  // Of the pages in memory; see MemoryTier::often_asked().
  std::vector<PagePtr> often_asked(std::size_t count, std::uint64_t largest) const;
  std::vector<PagePtr> pages_in_memory() const;  // those that a purge can mean
  // In neither tier any more when they return, whatever the drive does; after a restart the ring may bring back what it
  // held, so what must not come back goes on the list that `sieve` asks, too.
  void remove(std::string_view key);
  void remove_all();

  std::uint64_t max_page_bytes() const;
  void set_memory_limit(std::uint64_t bytes);  // evicts at once what is above; the kernel gets its memory back
  // However much of the budget is left, no more is written than at that level of it.
  void hold_back_writes(Admission::Level to);
  StoreInfo info() const;

  // Waits until everything put so far is on the drive or given up; both wait for a drive that hangs for some seconds
  // only. For tests and clean stops.
  void flush();
  void stop();

 private:
  class Impl;
  explicit PageStore(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace larder::cache

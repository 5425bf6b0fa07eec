// Ring: pages on flash, written strictly one behind the other, reclaimed segment by segment; format in FORMAT.md.
//
// Nothing read from the drive is trusted: a page comes out only when its checksums, its segment's sequence and its
// whole key are right. What was appended can be read at once, from memory until its segment is full.
// Threads: three groups of functions. "Any thread" never waits for the drive. "Reader" and "writer" each belong to one
// thread, which may hang as long as the drive does. One mutex guards the index and the open segment; it is not held
// while the drive works.
// Newer wins: what was published or forgotten in this run is not brought back by recovery.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "base/result.h"
#include "cache/device.h"
#include "cache/index.h"
#include "cache/open_segment.h"
#include "cache/page.h"
#include "cache/recovery.h"
#include "cache/renewals.h"
#include "cache/superblock.h"
#include "cache/trust.h"

namespace larder::cache {

class Ring {
 public:
  // Reads the superblocks. A device that holds no ring, or one of another version or geometry, is begun anew, with a
  // report when there was something on it. The counters outlive the ring.
  static Result<std::unique_ptr<Ring>> open(std::unique_ptr<Device> device, const Geometry& geometry,
                                            const Clock& clock, Counters& counters, const Report& report,
                                            TrustClock trust_clock = {});

  // Any thread.
  std::uint64_t hash(std::string_view key) const;
  bool contains(std::uint64_t hash);                     // perhaps: the record is still to be read
  bool holds(std::uint64_t hash, const Location& at);    // this very record is what the hash leads to
  void publish(std::uint64_t hash, const Location& at);  // from now on look-ups find what append() wrote
  void forget(std::uint64_t hash);                       // look-ups find nothing, in this run
  void forget_all();                                     // likewise, whatever is still to be recovered
  void mark_hit(std::uint64_t hash);                     // somebody asked for it
  // The record of the hash is as good as new and fresh for longer, in this run. False when there is none, or no room
  // to remember it.
  bool renew(std::uint64_t hash, const Freshness& freshness);
  std::uint64_t pages();
  std::uint64_t bytes() const { return opened_.geometry.bytes(); }
  bool recovering() const { return recovering_; }
  bool replaced() const { return device_->replaced(); }
  const Uuid& uuid() const { return opened_.uuid; }
  bool writable() const { return writable_; }  // the headers are read, so the writer knows where to go on
  bool fits(const Page& page) const;           // into a segment

  // Reader. Does a part of the recovery; an error was met on the way, and left out. recovering() says whether to go on.
  Status recover_step();

  struct Found {
    PagePtr page;  // nullptr: nothing, or nothing right
    Location at;
  };
  // Reader. An error when the drive failed.
  Result<Found> read(std::string_view key);
  Status probe();  // reads a superblock from the drive, not from the kernel's memory

  // Reader. What was asked for since it was written, is still fresh and lies in the segment that is reclaimed next is
  // worth writing again, up to a small share of the segment. A step reads one such record (or finds out which there
  // are, and has no page). Nobody waits for it: what comes too late is gone.
  bool wants_rescue() const { return rescue_wanted_; }
  Result<Found> rescue_step(Millis wall);

  // Writer, once writable(). After an error of any of them the caller calls abandon(); until the next append() only
  // close() is left.
  Result<Location> append(const Page& page, std::uint64_t hash);
  bool has_unwritten() const { return open_ && segment_.has_unwritten(); }
  std::uint64_t segments_begun() const { return segments_begun_; }
  Status write_out();      // what has been appended is with the kernel: kill -9 does not lose it any more
  Status sync();           // and what is with the kernel is on the medium: nor does power loss
  void abandon(int code);  // the open segment is lost; `code` is the error's
  Status close();          // write_out(), sync(), mark the ring as stopped in order

 private:
  Ring(std::unique_ptr<Device> device, const Superblock& superblock, const Clock& clock, Counters& counters,
       TrustClock trust_clock);

  void finish_headers();
  Status choose_rescue();
  Result<std::vector<std::uint8_t>> read_record(const Location& at);
  void add_recovered(const FooterLines& lines, Sequence sequence);
  std::optional<Found> look_up(std::uint64_t hash, Sequence& sequence, std::vector<std::uint8_t>& bytes);
  bool drop(std::uint64_t hash, const Location& at);
  void set_freshness(Page& page, std::uint64_t hash, const Location& at, Sequence sequence);
  void unlink(std::uint64_t hash);
  Status make_room(std::uint64_t record_bytes);
  Status finish_append(const FooterLine& line);
  Status begin_run();
  Status begin_segment();
  Status seal();
  Status store(Superblock superblock);
  void finish_segment();
  std::uint64_t open_start() const;
  void decide(std::uint64_t hash);

  const std::unique_ptr<Device> device_;
  const Clock& clock_;
  Counters& counters_;
  const std::uint32_t salt_;
  const Superblock opened_;        // geometry, seed and cap hold for the whole life
  Trust trust_;                    // reader
  Superblock superblock_;          // writer: as stored last
  Recovery recovery_;              // reader
  std::size_t segments_left_ = 0;  // reader
  std::vector<Location> rescue_;   // reader: the records still to be read
  Sequence rescue_from_;           // reader: where they lie

  std::uint32_t run_ = 0;             // of this life; set before writable_
  std::uint32_t next_number_ = 1;     // likewise; then the writer's
  bool run_begun_ = false;            // writer
  bool lost_something_ = false;       // writer
  std::uint64_t segments_begun_ = 0;  // writer

  std::atomic<bool> recovering_{true}, writable_{false}, rescue_wanted_{false};
  std::atomic<bool> begin_anew_{false};  // everything was forgotten: what comes goes into a segment of its own
  std::mutex mutex_;
  Index index_;
  Renewals renewals_;
  OpenSegment segment_;                        // changed by the writer, under the mutex where a reader could see it
  std::uint32_t open_ = 0;                     // its number while it is open; changed by the writer under the mutex
  bool forgot_all_ = false;                    // what is still to be recovered does not count
  Sequence victim_;                            // the segment that is reclaimed next; number 0: none
  std::unordered_set<std::uint64_t> decided_;  // while recovering: hashes whose older records do not count
};

}  // namespace larder::cache

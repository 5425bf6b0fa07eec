// FlashTier: the ring on a drive that was opened, with the threads that read and write it.
//
// Threads: all functions from any thread. Lifetime: whoever holds it may be its last owner only when ended(): else its
// destructor waits for the drive.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "cache/ring.h"
#include "cache/ring_reader.h"
#include "cache/ring_writer.h"

namespace larder::cache {

class FlashTier {
 public:
  struct Options {
    Geometry geometry;
    std::uint64_t queue_bytes = 0;
    TrustClock trust_clock;
  };
  // `rescued`: the page is being written again; on the reader's thread. What is referred to outlives the tier.
  static Result<std::unique_ptr<FlashTier>> open(std::unique_ptr<Device> device, const Options& options,
                                                 DriveMonitor& monitor, const Clock& clock, Counters& counters,
                                                 const Report& report, std::function<void(const Page&)> rescued);

  Ring& ring() { return *ring_; }
  RingReader& reader() { return *reader_; }
  RingWriter& writer() { return *writer_; }

  // Something hangs in the drive.
  bool stuck() const { return reader_->stuck() || writer_->stuck(); }

  // The drive is gone: nobody waits for anything of it any more.
  void abandon();
  // Writes what waits, and closes the ring; false when the drive did not let it within this time.
  bool close(std::chrono::milliseconds patience);
  bool ended() const { return reader_->ended() && writer_->ended(); }

 private:
  explicit FlashTier(std::unique_ptr<Ring> ring) : ring_(std::move(ring)) {}

  std::unique_ptr<Ring> ring_;
  std::unique_ptr<RingWriter> writer_;
  std::unique_ptr<RingReader> reader_;  // first to go: it calls the writer
};

}  // namespace larder::cache

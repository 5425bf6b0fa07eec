#include "cache/flash_tier.h"

#include <utility>

namespace larder::cache {

Result<std::unique_ptr<FlashTier>> FlashTier::open(std::unique_ptr<Device> device, const Options& options,
                                                   DriveMonitor& monitor, const Clock& clock, Counters& counters,
                                                   const Report& report, std::function<void(const Page&)> rescued) {
  auto ring = Ring::open(std::move(device), options.geometry, clock, counters, report, options.trust_clock);
  if (!ring) return ring.error();
  monitor.opened();
  std::unique_ptr<FlashTier> tier(new FlashTier(*std::move(ring)));
  FlashTier& self = *tier;
  // Both threads begin with the reader: until it has read the headers, the writer has nothing to do and does not call.
  self.writer_ = std::make_unique<RingWriter>(*self.ring_, options.queue_bytes, monitor, clock, counters,
                                              [&self] { self.reader_->wake(); });
  self.reader_ =
      std::make_unique<RingReader>(*self.ring_, monitor, clock,
                                   RingReader::Events{.writable = [&self] { self.writer_->wake(); },
                                                      .rescued =
                                                          [&self, rescued = std::move(rescued)](Ring::Found found) {
                                                            const PagePtr page = found.page;
                                                            if (self.writer_->put_again(std::move(found)))
                                                              rescued(*page);
                                                          }});
  return tier;
}

void FlashTier::abandon() {
  writer_->stop(RingWriter::End::at_once);
  reader_->stop();
}

// What was put goes to the ring even when recovery has not yet come to where it can be written, so that no older record
// is found in its place next time; for that the reader must still be there.
bool FlashTier::close(std::chrono::milliseconds patience) {
  writer_->flush(patience);
  reader_->stop();
  writer_->stop();
  if (writer_->wait_for_end(patience) && reader_->wait_for_end(patience)) return true;
  abandon();
  return false;
}

}  // namespace larder::cache

#include "cache/page_store.h"

#include <sys/random.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "cache/memory_tier.h"
#include "cache/ring.h"
#include "cache/ring_reader.h"
#include "cache/ring_writer.h"

namespace larder::cache {
namespace {

constexpr std::int64_t kShortestForRing = 30;  // seconds

// Nobody outside may be able to choose keys that collide in the table. Without random numbers (never seen after boot)
// a collision is slow, not wrong.
std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  [[maybe_unused]] const auto got = ::getrandom(&seed, sizeof seed, GRND_NONBLOCK);
  return seed;
}

}  // namespace

class PageStore::Impl {
 public:
  Impl(const StoreOptions& options, std::unique_ptr<Ring> ring, const Clock& clock, Counters& counters,
       const Report& report);

  PagePtr find_in_memory(std::string_view key) { return memory_.find(key); }
  void find_on_flash(std::string_view key, Found found);
  void put(PagePtr page);
  void replace_in_memory(const PagePtr& from, PagePtr to) { memory_.exchange(from, std::move(to)); }
  void remove(std::string_view key);
  bool drive_stuck() const { return reader_ && reader_->stuck(); }
  void set_memory_limit(std::uint64_t bytes) { memory_.set_limit(bytes); }
  std::uint64_t max_page_bytes() const { return options_.max_page_bytes; }
  StoreInfo info() const;
  void flush();
  void stop();

 private:
  PagePtr find_under_way(std::string_view key);
  PagePtr keep(Ring::Found found, std::string_view key);

  const StoreOptions options_;
  Counters& counters_;
  MemoryTier memory_;
  // Makes each change of a key one change of memory, queue and ring, so that two at a time cannot leave the tiers with
  // different pages, nor a look-up bring back a page that was replaced while it was read. Held for no I/O.
  std::mutex order_;
  std::unique_ptr<Ring> ring_;  // nullptr: memory only; then there is no reader or writer either
  std::unique_ptr<RingWriter> writer_;
  std::unique_ptr<RingReader> reader_;
};

PageStore::Impl::Impl(const StoreOptions& options, std::unique_ptr<Ring> ring, const Clock& clock, Counters& counters,
                      const Report& report)
    : options_(options), counters_(counters), memory_(options.memory_bytes, random_seed()), ring_(std::move(ring)) {
  if (!ring_) return;
  writer_ = std::make_unique<RingWriter>(*ring_, options.queue_bytes, clock, counters, report);
  reader_ = std::make_unique<RingReader>(*ring_, clock, counters, report, [this] { writer_->wake(); });
}

void PageStore::Impl::find_on_flash(std::string_view key, Found found) {
  if (!ring_) return found(nullptr);
  if (PagePtr page = find_under_way(key)) return found(std::move(page));
  if (!ring_->contains(ring_->hash(key))) return found(nullptr);
  reader_->read(std::string(key), [this, key = std::string(key), found = std::move(found)](Ring::Found result) {
    found(keep(std::move(result), key));
  });
}

// A page that has left memory before it reached the ring.
PagePtr PageStore::Impl::find_under_way(std::string_view key) {
  std::lock_guard lock(order_);
  PagePtr page = writer_->find(key);
  return page ? memory_.put_if_absent(std::move(page)) : nullptr;
}

// What the ring gave becomes a page in memory, if it is still what the key stands for.
PagePtr PageStore::Impl::keep(Ring::Found found, std::string_view key) {
  std::lock_guard lock(order_);
  if (PagePtr newer = writer_->find(key)) return memory_.put_if_absent(std::move(newer));
  if (!found.page || !ring_->holds(ring_->hash(key), found.at)) return memory_.find(key);
  return memory_.put_if_absent(std::move(found.page));
}

void PageStore::Impl::put(PagePtr page) {
  if (page->bodies.identity_bytes() > options_.max_page_bytes) return remove(page->key);
  counters_.add(Counter::stored);
  std::lock_guard lock(order_);
  memory_.put(page);
  if (!ring_) return;
  if (page->lifetime > kShortestForRing && ring_->fits(*page))
    writer_->put(std::move(page));
  else
    writer_->remove(page->key);
}

void PageStore::Impl::remove(std::string_view key) {
  std::lock_guard lock(order_);
  memory_.erase(key);
  if (ring_) writer_->remove(key);
}

StoreInfo PageStore::Impl::info() const {
  StoreInfo info{.memory_pages = memory_.pages(), .memory_bytes = memory_.bytes()};
  if (!ring_) return info;
  info.ring_pages = ring_->pages();
  info.ring_bytes = ring_->bytes();
  info.recovering = ring_->recovering();
  return info;
}

void PageStore::Impl::flush() {
  if (writer_) writer_->flush();
}

// What was put goes to the ring even when recovery has not yet come to where it can be written, so that no older record
// is found in its place next time; for that the reader must still be there.
void PageStore::Impl::stop() {
  flush();
  if (reader_) reader_->stop();
  if (writer_) writer_->stop();
}

Result<std::unique_ptr<PageStore>> PageStore::open(const StoreOptions& options, const Clock& clock, Counters& counters,
                                                   Report report) {
  std::unique_ptr<Device> device;
  if (!options.path.empty() && options.ring_bytes > 0) {
    auto file = FileDevice::open(options.path + "/ring");
    if (!file) return file.error();
    device = *std::move(file);
  }
  return open_on(std::move(device), options, clock, counters, std::move(report));
}

Result<std::unique_ptr<PageStore>> PageStore::open_on(std::unique_ptr<Device> device, const StoreOptions& options,
                                                      const Clock& clock, Counters& counters, Report report) {
  std::unique_ptr<Ring> ring;
  if (device) {
    auto opened = Ring::open(std::move(device), fit_geometry(options.ring_bytes, options.segment_bytes), clock, counters, report);
    if (!opened) return opened.error();
    ring = *std::move(opened);
  }
  auto impl = std::make_unique<Impl>(options, std::move(ring), clock, counters, report);
  return std::unique_ptr<PageStore>(new PageStore(std::move(impl)));
}

PageStore::PageStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PageStore::~PageStore() { stop(); }

PagePtr PageStore::find_in_memory(std::string_view key) { return impl_->find_in_memory(key); }
void PageStore::find_on_flash(std::string_view key, Found found) { impl_->find_on_flash(key, std::move(found)); }
void PageStore::put(PagePtr page) { impl_->put(std::move(page)); }
void PageStore::replace_in_memory(const PagePtr& from, PagePtr to) { impl_->replace_in_memory(from, std::move(to)); }
void PageStore::remove(std::string_view key) { impl_->remove(key); }
bool PageStore::drive_stuck() const { return impl_->drive_stuck(); }
void PageStore::set_memory_limit(std::uint64_t bytes) { impl_->set_memory_limit(bytes); }
std::uint64_t PageStore::max_page_bytes() const { return impl_->max_page_bytes(); }
StoreInfo PageStore::info() const { return impl_->info(); }
void PageStore::flush() { impl_->flush(); }
void PageStore::stop() { impl_->stop(); }

}  // namespace larder::cache

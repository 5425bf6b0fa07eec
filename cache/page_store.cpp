#include "cache/page_store.h"

#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

#include "arm/free_memory.h"
#include "cache/away_list.h"
#include "cache/drive_keeper.h"
#include "cache/drive_monitor.h"
#include "cache/flash_tier.h"
#include "cache/memory_tier.h"
#include "cache/ring_place.h"
#include "cache/same_content.h"

namespace larder::cache {
namespace {

constexpr std::int64_t kShortestForRing = 30;  // seconds
constexpr std::chrono::milliseconds kPatience{10'000};

// Nobody outside may be able to choose keys that collide in the table. Without random numbers (never seen after boot)
// a collision is slow, not wrong.
std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  [[maybe_unused]] const auto got = ::getrandom(&seed, sizeof seed, GRND_NONBLOCK);
  return seed;
}

// The superblocks have a segment's place to themselves.
Geometry geometry_of(const StoreOptions& options, const Device& device) {
  const std::uint64_t capacity = device.capacity().value_or(UINT64_MAX);
  const std::uint64_t room = capacity - std::min<std::uint64_t>(capacity, options.segment_bytes);
  return fit_geometry(std::min(options.ring_bytes, room), options.segment_bytes);
}

}  // namespace

class PageStore::Impl {
 public:
  Impl(OpenDevice open_device, const StoreOptions& options, const Clock& clock, Counters& counters, Report report);
  Status start();

  PagePtr find_in_memory(std::string_view key);
  void find_on_flash(std::string_view key, Found found);
  void peek_on_flash(std::string_view key, Found found);
  bool may_be_on_flash(std::string_view key) const;
  void put(PagePtr page);
  PagePtr peek(std::string_view key) const { return memory_.peek(key); }
  std::vector<PagePtr> often_asked(std::size_t count, std::uint64_t largest) const {
    return memory_.often_asked(count, largest);
  }
  void replace_in_memory(const PagePtr& from, PagePtr to) { memory_.exchange(from, std::move(to)); }
  std::vector<PagePtr> pages_in_memory() const {
    std::lock_guard lock(order_);
    std::vector<PagePtr> pages = memory_.all();
    std::erase_if(pages, [](const PagePtr& page) { return page->of_file; });
    return pages;
  }
  void remove(std::string_view key);
  void remove_all();
  void set_memory_limit(std::uint64_t bytes);
  void hold_back_writes(Admission::Level to);
  std::uint64_t max_page_bytes() const { return options_.max_page_bytes; }
  StoreInfo info() const;
  void flush();
  bool stop();

 private:
  using Tier = std::shared_ptr<FlashTier>;

  Result<Tier> open_tier();
  void use(Tier tier);
  Tier tier() const;
  void forget_on_flash(std::string_view key);
  bool renew(const PagePtr& page, const PagePtr& old);
  void write_if_worth_it(const PagePtr& page, bool again);
  bool is_admitted(const Page& page, bool again);
  void note_first_hit(const PagePtr& page);
  PagePtr admit(PagePtr page);
  PagePtr find_under_way(FlashTier& tier, std::string_view key);
  PagePtr keep(const FlashTier* from, Ring::Found found, std::string_view key);

  const OpenDevice open_device_;
  const StoreOptions options_;
  const Clock& clock_;
  Counters& counters_;
  const Report report_;
  DriveMonitor monitor_;
  std::optional<Uuid> last_ring_;  // of whoever opens the drive: the start, then the keeper
  MemoryTier memory_;
  // Makes each change of a key one change of memory, queue and ring, so that two at a time cannot leave the tiers with
  // different pages, nor a look-up bring back a page that was replaced while it was read. Held for no I/O.
  mutable std::mutex order_;
  Tier tier_;  // nullptr: memory only, now
  AwayList away_;
  mutable Admission admission_;
  std::unique_ptr<DriveKeeper> keeper_;  // nullptr: memory only, always
};

// --- The drive ------------------------------------------------------------------------------------------------------

PageStore::Impl::Impl(OpenDevice open_device, const StoreOptions& options, const Clock& clock, Counters& counters,
                      Report report)
    : open_device_(std::move(open_device)),
      options_(options),
      clock_(clock),
      counters_(counters),
      report_(std::move(report)),
      monitor_(clock, counters, report_),
      memory_(options.memory_bytes, random_seed()),
      admission_(options.write_budget, clock.steady()) {
  admission_.note_written(counters.get(Counter::ring_written_bytes), clock.steady());
}

Status PageStore::Impl::start() {
  if (!open_device_) return Done{};
  auto opened = open_tier();
  if (!opened) {
    if (!options_.wait_for_drive || opened.error().code == EWOULDBLOCK) return opened.error();
    monitor_.open_failed(opened.error());
  }
  Tier first = opened ? *opened : nullptr;
  use(first);
  keeper_ = std::make_unique<DriveKeeper>(
      std::move(first), monitor_,
      DriveKeeper::Hooks{.open = [this] { return open_tier(); }, .use = [this](Tier tier) { use(std::move(tier)); }});
  return Done{};
}

Result<PageStore::Impl::Tier> PageStore::Impl::open_tier() {
  auto device = open_device_(last_ring_);
  if (!device) return device.error();
  const FlashTier::Options tier{.geometry = geometry_of(options_, **device),
                                .queue_bytes = options_.queue_bytes,
                                .trust_clock = options_.trust_clock};
  auto opened = FlashTier::open(*std::move(device), tier, monitor_, clock_, counters_, report_,
                                [this](const Page& page) { memory_.expect_first(page.key); });
  if (!opened) return opened.error();
  last_ring_ = (*opened)->ring().uuid();
  return Tier(*std::move(opened));
}

// A drive that comes back holds what it held; of that, what has been replaced or removed meanwhile does not count.
void PageStore::Impl::use(Tier tier) {
  std::lock_guard lock(order_);
  tier_ = std::move(tier);
  if (!tier_) return;
  memory_.expect_first();  // nothing could be written meanwhile
  const AwayList away = std::exchange(away_, {});
  if (away.all()) tier_->writer().remove_all();
  for (const std::string& key : away.keys()) tier_->writer().remove(key);
}

PageStore::Impl::Tier PageStore::Impl::tier() const {
  std::lock_guard lock(order_);
  return tier_;
}

// Under the lock.
void PageStore::Impl::forget_on_flash(std::string_view key) {
  if (tier_)
    tier_->writer().remove(key);
  else if (open_device_)
    away_.add(key);
}

// --- Looking up -----------------------------------------------------------------------------------------------------

// What could not be written while writes were held back is judged anew when they are so no more, and what was asked for
// meanwhile when it is asked for again.
void PageStore::Impl::hold_back_writes(Admission::Level to) {
  std::lock_guard lock(order_);
  const bool less = to < admission_.held_back_to();
  admission_.hold_back(to);
  if (!less) return;
  memory_.expect_first();
  for (const PagePtr& page : memory_.only_here()) {
    memory_.set_only_here(page->key, false);  // an old one is spared no longer
    if (page->fresh_at(clock_.wall())) write_if_worth_it(page, false);
  }
}

PagePtr PageStore::Impl::find_in_memory(std::string_view key) {
  MemoryTier::Hit hit = memory_.hit(key);
  if (hit.first) note_first_hit(hit.page);
  return std::move(hit.page);
}

// Once in a page's stay in memory: then it has shown that it is worth something.
void PageStore::Impl::note_first_hit(const PagePtr& page) {
  if (page->of_file) return;
  std::lock_guard lock(order_);
  if (!tier_ || memory_.peek(page->key) != page) return;
  // In this order: what leaves the writer's queue is in the ring by then.
  if (tier_->writer().find(page->key)) return;
  const std::uint64_t hash = tier_->ring().hash(page->key);
  if (tier_->ring().contains(hash))
    tier_->ring().mark_hit(hash);
  else if (page->fresh_at(clock_.wall()))
    write_if_worth_it(page, true);
}

void PageStore::Impl::find_on_flash(std::string_view key, Found found) {
  const Tier tier = this->tier();
  if (!tier) return found(nullptr);
  if (PagePtr page = find_under_way(*tier, key)) return found(std::move(page));
  if (!tier->ring().contains(tier->ring().hash(key))) return found(nullptr);
  tier->reader().read(std::string(key), [this, from = tier.get(), key = std::string(key), found = std::move(found)](
                                            Ring::Found result) { found(keep(from, std::move(result), key)); });
}

void PageStore::Impl::peek_on_flash(std::string_view key, Found found) {
  const Tier tier = this->tier();
  if (!tier) return found(nullptr);
  const auto judged = [this](PagePtr page) { return page && options_.sieve ? options_.sieve(std::move(page)) : page; };
  if (PagePtr page = tier->writer().find(key)) return found(judged(std::move(page)));
  if (!tier->ring().contains(tier->ring().hash(key))) return found(nullptr);
  tier->reader().read(std::string(key), [judged, found = std::move(found)](Ring::Found result) {
    found(judged(std::move(result.page)));
  });
}

bool PageStore::Impl::may_be_on_flash(std::string_view key) const {
  const Tier tier = this->tier();
  return tier && (tier->writer().find(key) || tier->ring().contains(tier->ring().hash(key)));
}

// Under the lock. A page that comes back to memory may have been purged while it was away.
PagePtr PageStore::Impl::admit(PagePtr page) {
  if (options_.sieve) page = options_.sieve(std::move(page));
  return page ? memory_.put_if_absent(std::move(page)) : nullptr;
}

// A page that has left memory before it reached the ring.
PagePtr PageStore::Impl::find_under_way(FlashTier& tier, std::string_view key) {
  std::lock_guard lock(order_);
  PagePtr page = tier.writer().find(key);
  return page ? admit(std::move(page)) : nullptr;
}

// What the ring gave becomes a page in memory, if it is still what the key stands for. `from` answers all its look-ups
// before it is destroyed, so no other tier can have its address.
PagePtr PageStore::Impl::keep(const FlashTier* from, Ring::Found found, std::string_view key) {
  std::lock_guard lock(order_);
  if (!tier_ || from != tier_.get()) return memory_.peek(key);
  if (PagePtr newer = tier_->writer().find(key)) return admit(std::move(newer));
  if (!found.page || !tier_->ring().holds(tier_->ring().hash(key), found.at)) return memory_.peek(key);
  return admit(std::move(found.page));
}

// --- Changing -------------------------------------------------------------------------------------------------------

void PageStore::Impl::put(PagePtr page) {
  if (page->of_file) return memory_.put(std::move(page));
  if (page->bodies.identity_bytes() > options_.max_page_bytes) return remove(page->key);
  counters_.add(Counter::stored);
  std::lock_guard lock(order_);
  const PagePtr old = memory_.peek(page->key);
  const bool again = old || memory_.remembers(page->key);
  memory_.put(page);
  if (tier_ && renew(page, old)) return counters_.add(Counter::ring_unchanged);
  forget_on_flash(page->key);
  write_if_worth_it(page, again);
}

// True when the ring holds the very same page already.
bool PageStore::Impl::renew(const PagePtr& page, const PagePtr& old) {
  if (!old || tier_->writer().find(page->key) || !same_content(*old, *page)) return false;
  return tier_->ring().renew(tier_->ring().hash(page->key), {.created = page->created, .lifetime = page->lifetime});
}

// Under the lock. What is refused stays in memory.
void PageStore::Impl::write_if_worth_it(const PagePtr& page, bool again) {
  if (!open_device_ || page->lifetime <= kShortestForRing) return;
  if (!tier_ || !monitor_.may_write()) return counters_.add(Counter::ring_refused_drive);
  if (!tier_->ring().fits(*page) || !is_admitted(*page, again)) return;
  counters_.add(Counter::ring_admitted);
  tier_->writer().put(page);
}

bool PageStore::Impl::is_admitted(const Page& page, bool again) {
  admission_.note_written(counters_.get(Counter::ring_written_bytes), clock_.steady());
  const Admission::Verdict verdict = admission_.judge(page.key, again);
  const bool held_back = admission_.held_back_to() != Admission::Level::plenty;
  memory_.set_only_here(page.key, held_back && verdict != Admission::Verdict::write);
  switch (verdict) {
    case Admission::Verdict::write:
      return true;
    case Admission::Verdict::wait_for_second_hit:
      counters_.add(Counter::ring_refused_once);
      return false;
    case Admission::Verdict::over_budget:
      counters_.add(Counter::ring_refused_budget);
      return false;
    case Admission::Verdict::held_back:
      counters_.add(Counter::ring_refused_pressure);
      return false;
  }
  return false;
}

void PageStore::Impl::remove(std::string_view key) {
  std::lock_guard lock(order_);
  memory_.erase(key);
  forget_on_flash(key);
}

void PageStore::Impl::remove_all() {
  std::lock_guard lock(order_);
  memory_.clear();
  if (tier_)
    tier_->writer().remove_all();
  else if (open_device_)
    away_.add_all();
}

void PageStore::Impl::set_memory_limit(std::uint64_t bytes) {
  const bool less = bytes < memory_.bytes();
  memory_.set_limit(bytes);
  if (less) arm::return_free_memory();
}

StoreInfo PageStore::Impl::info() const {
  StoreInfo info{.memory_pages = memory_.pages(), .memory_bytes = memory_.bytes()};
  if (!open_device_) return info;
  std::lock_guard lock(order_);
  info.drive = monitor_.state();
  if (!tier_ && info.drive == DriveState::read_write) info.drive = DriveState::recovering;  // about to be taken up
  admission_.note_written(counters_.get(Counter::ring_written_bytes), clock_.steady());
  info.write_budget = admission_.bytes_a_day();
  info.budget_left = admission_.left();
  if (!tier_) return info;
  info.ring_pages = tier_->ring().pages();
  info.ring_bytes = tier_->ring().bytes();
  info.recovering = tier_->ring().recovering();
  return info;
}

// --- The end --------------------------------------------------------------------------------------------------------

void PageStore::Impl::flush() {
  if (const Tier tier = this->tier()) tier->writer().flush(kPatience);
}

// The keeper is the last owner of a tier: it knows what to do with one that hangs.
bool PageStore::Impl::stop() { return !keeper_ || keeper_->stop(kPatience); }

Result<std::unique_ptr<PageStore>> PageStore::open(const StoreOptions& options, const Clock& clock, Counters& counters,
                                                   Report report) {
  OpenDevice open_device;
  if (!options.path.empty() && options.ring_bytes > 0)
    open_device = [path = options.path](const std::optional<Uuid>& last) { return open_ring_place(path, last); };
  return open_on(std::move(open_device), options, clock, counters, std::move(report));
}

Result<std::unique_ptr<PageStore>> PageStore::open_on(OpenDevice open_device, const StoreOptions& options,
                                                      const Clock& clock, Counters& counters, Report report) {
  auto impl = std::make_unique<Impl>(std::move(open_device), options, clock, counters, std::move(report));
  if (auto started = impl->start(); !started) return started.error();
  return std::unique_ptr<PageStore>(new PageStore(std::move(impl)));
}

PageStore::PageStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

// What still hangs in a drive goes on using the store.
PageStore::~PageStore() {
  if (!impl_->stop()) (void)impl_.release();
}

PagePtr PageStore::find_in_memory(std::string_view key) { return impl_->find_in_memory(key); }
void PageStore::find_on_flash(std::string_view key, Found found) { impl_->find_on_flash(key, std::move(found)); }
void PageStore::peek_on_flash(std::string_view key, Found found) { impl_->peek_on_flash(key, std::move(found)); }
bool PageStore::may_be_on_flash(std::string_view key) const { return impl_->may_be_on_flash(key); }
void PageStore::put(PagePtr page) { impl_->put(std::move(page)); }
void PageStore::replace_in_memory(const PagePtr& from, PagePtr to) { impl_->replace_in_memory(from, std::move(to)); }
PagePtr PageStore::peek(std::string_view key) const { return impl_->peek(key); }
std::vector<PagePtr> PageStore::often_asked(std::size_t count, std::uint64_t largest) const {
  return impl_->often_asked(count, largest);
}
std::vector<PagePtr> PageStore::pages_in_memory() const { return impl_->pages_in_memory(); }
void PageStore::remove(std::string_view key) { impl_->remove(key); }
void PageStore::remove_all() { impl_->remove_all(); }
void PageStore::set_memory_limit(std::uint64_t bytes) { impl_->set_memory_limit(bytes); }
void PageStore::hold_back_writes(Admission::Level to) { impl_->hold_back_writes(to); }
std::uint64_t PageStore::max_page_bytes() const { return impl_->max_page_bytes(); }
StoreInfo PageStore::info() const { return impl_->info(); }
void PageStore::flush() { impl_->flush(); }
void PageStore::stop() { impl_->stop(); }

}  // namespace larder::cache

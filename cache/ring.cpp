#include "cache/ring.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cache/key.h"
#include "cache/page_codec.h"
#include "cache/ring_start.h"

namespace larder::cache {
namespace {

// One index entry for so much of the ring; smaller pages than this on average fill the index before the ring.
constexpr std::uint64_t kBytesAnEntry = 16 * 1024;
constexpr std::uint64_t kMinEntries = 1024;
// Of so many pages one may be renewed without being written.
constexpr std::uint64_t kEntriesARenewal = 16;

// Of a segment that is reclaimed, the share that may be written again.
constexpr std::uint32_t kRescuePercent = 6;

}  // namespace

Result<std::unique_ptr<Ring>> Ring::open(std::unique_ptr<Device> device, const Geometry& geometry, const Clock& clock,
                                         Counters& counters, const Report& report, TrustClock trust_clock) {
  auto superblock = start_ring(*device, geometry, clock, report);
  if (!superblock) return superblock.error();
  return std::unique_ptr<Ring>(new Ring(std::move(device), *superblock, clock, counters, std::move(trust_clock)));
}

Ring::Ring(std::unique_ptr<Device> device, const Superblock& superblock, const Clock& clock, Counters& counters,
           TrustClock trust_clock)
    : device_(std::move(device)),
      clock_(clock),
      counters_(counters),
      salt_(superblock.salt()),
      opened_(superblock),
      trust_(superblock, clock, std::move(trust_clock)),
      superblock_(superblock),
      recovery_(*device_, superblock.geometry, salt_),
      index_(superblock.geometry, std::max(kMinEntries, superblock.geometry.bytes() / kBytesAnEntry)),
      renewals_(static_cast<std::size_t>(index_.capacity() / kEntriesARenewal)),
      segment_(superblock.geometry.segment_bytes) {}

std::uint64_t Ring::hash(std::string_view key) const { return hash_key(key, opened_.hash_seed); }

bool Ring::contains(std::uint64_t hash) {
  std::lock_guard lock(mutex_);
  return index_.find(hash).has_value();
}

bool Ring::holds(std::uint64_t hash, const Location& at) {
  std::lock_guard lock(mutex_);
  return index_.find(hash) == at;
}

void Ring::publish(std::uint64_t hash, const Location& at) {
  std::lock_guard lock(mutex_);
  // While recovering, nothing that was recovered makes room: an older record of its key could still come and take its
  // place. The index is never full then, except by bad luck; the page is just not found.
  const bool kept = recovering_ ? index_.put_if_room(hash, at) : index_.put(hash, at);
  renewals_.erase(hash);
  if (!kept) index_.erase(hash);
  decide(hash);
}

void Ring::forget(std::uint64_t hash) {
  std::lock_guard lock(mutex_);
  unlink(hash);
}

void Ring::forget_all() {
  std::lock_guard lock(mutex_);
  forgot_all_ = true;
  begin_anew_ = true;
  for (std::uint32_t slot = 0; slot < opened_.geometry.segment_count; ++slot)
    index_.drop_segment(index_.in_slot(slot).number);
}

// Under the mutex.
void Ring::unlink(std::uint64_t hash) {
  index_.erase(hash);
  renewals_.erase(hash);
  decide(hash);
}

void Ring::mark_hit(std::uint64_t hash) {
  std::lock_guard lock(mutex_);
  index_.mark_hit(hash);
}

bool Ring::renew(std::uint64_t hash, const Freshness& freshness) {
  std::lock_guard lock(mutex_);
  const auto at = index_.find(hash);
  return at && renewals_.put(hash, *at, freshness);
}

// Under the mutex.
void Ring::decide(std::uint64_t hash) {
  if (recovering_) decided_.insert(hash);
}

std::uint64_t Ring::pages() {
  std::lock_guard lock(mutex_);
  return index_.size();
}

bool Ring::fits(const Page& page) const {
  return OpenSegment::could_hold(record_bytes(page), opened_.geometry.segment_bytes);
}

Status Ring::recover_step() {
  if (!recovery_.has_headers()) {
    auto status = recovery_.read_headers();
    if (recovery_.has_headers()) finish_headers();
    return status;
  }
  if (segments_left_ > 0) {
    const Sequence sequence = recovery_.segments()[--segments_left_];
    auto lines = recovery_.read_records(sequence);
    if (!lines) return lines.error();
    add_recovered(*lines, sequence);
    return Done{};
  }
  std::lock_guard lock(mutex_);
  recovering_ = false;
  decided_ = {};
  return Done{};
}

void Ring::finish_headers() {
  const auto& segments = recovery_.segments();
  segments_left_ = segments.size();
  run_ = opened_.run + 1;
  std::lock_guard lock(mutex_);
  for (const Sequence& sequence : segments) {
    index_.begin_segment(sequence);
    next_number_ = std::max(next_number_, sequence.number + 1);
    run_ = std::max(run_, sequence.run + 1);
  }
  writable_ = true;
}

void Ring::add_recovered(const FooterLines& lines, Sequence sequence) {
  std::lock_guard lock(mutex_);
  if (forgot_all_) return;
  const std::uint64_t before = index_.size();
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (decided_.count(line->key_hash) > 0) continue;
    const Location at{.number = sequence.number, .offset = line->offset, .length = line->length};
    if (!index_.put_if_absent(line->key_hash, at)) decided_.insert(line->key_hash);
  }
  counters_.add(Counter::ring_pages_recovered, index_.size() - before);
}

// What the index knows of the hash, and the bytes too when they are still in memory.
std::optional<Ring::Found> Ring::look_up(std::uint64_t hash, Sequence& sequence, std::vector<std::uint8_t>& bytes) {
  std::lock_guard lock(mutex_);
  const auto at = index_.find(hash);
  if (!at) return std::nullopt;
  sequence = index_.in_slot(opened_.geometry.slot_of(at->number));
  if (at->number == open_) bytes = segment_.copy(at->offset, at->length);
  return Found{.page = nullptr, .at = *at};
}

Result<Ring::Found> Ring::read(std::string_view key) {
  const std::uint64_t key_hash = hash(key);
  Sequence sequence;
  std::vector<std::uint8_t> bytes;
  auto found = look_up(key_hash, sequence, bytes);
  if (!found) return Found{};
  if (bytes.empty()) {
    auto got = read_record(found->at);
    if (!got) {
      // A bad block costs seconds of the drive's own retries: not to be asked for again.
      drop(key_hash, found->at);
      return got.error();
    }
    bytes = *std::move(got);
  }
  auto page = decode_record(bytes, {.salt = salt_, .sequence = sequence, .key_hash = key_hash}, key);
  if (!page) {
    if (drop(key_hash, found->at)) counters_.add(Counter::ring_damaged);
    return Found{};
  }
  set_freshness(*page, key_hash, found->at, sequence);
  found->page = std::move(page);
  return *found;
}

// A renewal is this run's own and true; what a record of a run before says about itself may not be. Counts as a hit.
void Ring::set_freshness(Page& page, std::uint64_t hash, const Location& at, Sequence sequence) {
  const std::int64_t lifetime = sequence.run < run_ ? trust_.lifetime(page, sequence.run) : page.lifetime;
  std::lock_guard lock(mutex_);
  index_.mark_hit(hash);
  const Freshness* renewed = renewals_.find(hash, at);
  page.created = renewed ? renewed->created : page.created;
  page.lifetime = renewed ? renewed->lifetime : lifetime;
}

// False when it was overwritten, replaced or forgotten while it was read: then it is not the drive's fault.
bool Ring::drop(std::uint64_t hash, const Location& at) {
  std::lock_guard lock(mutex_);
  if (index_.find(hash) != at) return false;
  unlink(hash);
  return true;
}

// Short at the end of the device.
Result<std::vector<std::uint8_t>> Ring::read_record(const Location& at) {
  const Geometry& geometry = opened_.geometry;
  std::vector<std::uint8_t> bytes(at.length);
  auto got = read_fully(*device_, geometry.offset_of(geometry.slot_of(at.number)) + at.offset, bytes);
  if (!got) return got.error();
  bytes.resize(*got);
  return bytes;
}

Status Ring::probe() {
  auto loaded = load_superblock(*device_);
  if (!loaded) return loaded.error();
  if (!*loaded || (*loaded)->uuid != opened_.uuid) return Error{"the cache drive holds another ring, or none"};
  return Done{};
}

// Which records of the next victim are worth it, by its footer.
Status Ring::choose_rescue() {
  {
    std::lock_guard lock(mutex_);
    rescue_from_ = std::exchange(victim_, {});
    rescue_wanted_ = rescue_from_.number != 0;
  }
  if (!rescue_wanted_) return Done{};
  auto lines = recovery_.read_records(rescue_from_);
  if (!lines) return lines.error();
  std::uint64_t room = std::uint64_t{opened_.geometry.segment_bytes} * kRescuePercent / 100;
  std::lock_guard lock(mutex_);
  for (const FooterLine& line : *lines) {
    const Location at{.number = rescue_from_.number, .offset = line.offset, .length = line.length};
    if (line.length > room || !index_.was_hit(line.key_hash, at)) continue;
    room -= line.length;
    rescue_.push_back(at);
  }
  return Done{};
}

Result<Ring::Found> Ring::rescue_step(Millis wall) {
  if (rescue_.empty()) {
    auto chosen = choose_rescue();
    if (!chosen) return chosen.error();
    return Found{};
  }
  Found found{.page = nullptr, .at = rescue_.back()};
  rescue_.pop_back();
  auto bytes = read_record(found.at);
  if (!bytes) return bytes.error();
  if (!check_record(*bytes, salt_, rescue_from_)) return Found{};
  const std::string key = record_key(*bytes);
  const std::uint64_t key_hash = hash(key);
  auto page = decode_record(*bytes, {.salt = salt_, .sequence = rescue_from_, .key_hash = key_hash}, key);
  if (!page) return Found{};
  set_freshness(*page, key_hash, found.at, rescue_from_);
  if (page->fresh_at(wall)) found.page = std::move(page);
  return found;
}

std::uint64_t Ring::open_start() const { return opened_.geometry.offset_of(opened_.geometry.slot_of(open_)); }

// A segment is open then, and has room for it.
Status Ring::make_room(std::uint64_t bytes) {
  const bool full = open_ && !segment_.has_room(bytes);
  if (const bool anew = begin_anew_.exchange(false); open_ && (full || anew)) {
    if (auto sealed = seal(); !sealed) return sealed;
  }
  return open_ ? Status(Done{}) : begin_segment();
}

Result<Location> Ring::append(const Page& page, std::uint64_t hash) {
  if (auto made = make_room(record_bytes(page)); !made) return made.error();
  const FooterLine line = segment_.encode(page, hash);
  if (auto finished = finish_append(line); !finished) return finished.error();
  counters_.add(Counter::ring_pages_written);
  return Location{.number = open_, .offset = line.offset, .length = line.length};
}

Status Ring::finish_append(const FooterLine& line) {
  {
    std::lock_guard lock(mutex_);
    segment_.commit(line);
  }
  auto written = segment_.write_out(*device_, open_start(), false);
  if (!written) return written.error();
  counters_.add(Counter::ring_written_bytes, *written);
  return Done{};
}

// The run's number is on the medium before its first segment is: no two runs ever write under the same.
Status Ring::begin_run() {
  if (run_begun_) return Done{};
  Superblock next = superblock_;
  next.run = run_;
  next.clean = false;
  if (auto stored = store(next); !stored) return stored;
  run_begun_ = true;
  return Done{};
}

Status Ring::begin_segment() {
  if (auto begun = begin_run(); !begun) return begun;
  const Sequence sequence{.run = run_, .number = next_number_++};
  segment_.begin(sequence, salt_);
  std::lock_guard lock(mutex_);
  index_.begin_segment(sequence);
  renewals_.sweep([&](const Location& at) { return !index_.lives(at.number); });
  open_ = sequence.number;
  ++segments_begun_;
  victim_ = recovering_ ? Sequence{} : index_.in_slot(opened_.geometry.slot_of(next_number_));
  if (victim_.number != 0) rescue_wanted_ = true;
  return Done{};
}

Status Ring::seal() {
  auto written = segment_.seal(*device_, open_start());
  if (!written) return written.error();
  counters_.add(Counter::ring_written_bytes, *written);
  if (auto synced = sync(); !synced) return synced;
  finish_segment();
  return Done{};
}

void Ring::finish_segment() {
  std::lock_guard lock(mutex_);
  open_ = 0;
}

Status Ring::write_out() {
  if (!has_unwritten()) return Done{};
  auto written = segment_.write_out(*device_, open_start(), true);
  if (!written) return written.error();
  counters_.add(Counter::ring_written_bytes, *written);
  if (!segment_.sealed()) return Done{};
  if (auto synced = sync(); !synced) return synced;
  finish_segment();
  return Done{};
}

Status Ring::sync() { return device_->sync(); }

void Ring::abandon(int code) {
  lost_something_ = true;
  if (!open_) return;
  std::lock_guard lock(mutex_);
  index_.drop_segment(open_);
  // A file system that is full cannot give the ring more, but what the ring has can be written again.
  const Geometry& geometry = opened_.geometry;
  if (code == ENOSPC) next_number_ = open_ + geometry.segment_count - geometry.slot_of(open_);
  open_ = 0;
}

Status Ring::store(Superblock superblock) {
  superblock.written_at = clock_.wall();
  if (auto stored = store_superblock(*device_, superblock); !stored) return stored;
  counters_.add(Counter::ring_written_bytes, kBlock);
  superblock_ = superblock;
  return Done{};
}

Status Ring::close() {
  if (auto written = write_out(); !written) return written;
  // Nothing to say that the superblock does not say already.
  if (!writable_ || lost_something_ || (!run_begun_ && superblock_.clean)) return Done{};
  if (auto synced = sync(); !synced) return synced;
  Superblock next = superblock_;
  next.clean = true;
  return store(next);
}

}  // namespace larder::cache

#include "cache/memory_tier.h"

#include <iterator>
#include <utility>

#include "cache/key.h"

namespace larder::cache {
namespace {

constexpr std::uint8_t kMostHits = 3;
// A page leaves the small queue for the main one when it was hit more than once there.
constexpr std::uint8_t kHitsToStay = 2;
constexpr std::size_t kLookedAt = 512;  // by often_asked(): the lock is held as long

}  // namespace

std::size_t MemoryTier::KeyHash::operator()(std::string_view key) const {
  return static_cast<std::size_t>(hash_key(key, seed));
}

MemoryTier::MemoryTier(std::uint64_t limit_bytes, std::uint64_t seed)
    : seed_(seed), limit_(limit_bytes), table_(0, KeyHash{seed}) {}

MemoryTier::Hit MemoryTier::hit(std::string_view key) {
  std::lock_guard lock(mutex_);
  const auto found = table_.find(key);
  if (found == table_.end()) return {};
  Entry& entry = *found->second;
  if (entry.hits < kMostHits) ++entry.hits;
  return {.page = entry.page, .first = !std::exchange(entry.asked_for, true)};
}

PagePtr MemoryTier::peek(std::string_view key) const {
  std::lock_guard lock(mutex_);
  const auto found = table_.find(key);
  return found == table_.end() ? nullptr : found->second->page;
}

void MemoryTier::expect_first(std::string_view key) {
  std::lock_guard lock(mutex_);
  if (const auto found = table_.find(key); found != table_.end()) found->second->asked_for = false;
}

void MemoryTier::expect_first() {
  std::lock_guard lock(mutex_);
  for (Queue* queue : {&small_, &main_})
    for (Entry& entry : *queue) entry.asked_for = false;
}

void MemoryTier::set_only_here(std::string_view key, bool only_here) {
  std::lock_guard lock(mutex_);
  const auto found = table_.find(key);
  if (found == table_.end() || found->second->only_here == only_here) return;
  Entry& entry = *found->second;
  entry.only_here = only_here;
  only_here ? only_here_bytes_ += entry.cost : only_here_bytes_ -= entry.cost;
}

std::vector<PagePtr> MemoryTier::only_here() const {
  std::vector<PagePtr> pages;
  std::lock_guard lock(mutex_);
  for (const Queue* queue : {&small_, &main_})
    for (const Entry& entry : *queue)
      if (entry.only_here) pages.push_back(entry.page);
  return pages;
}

bool MemoryTier::remembers(std::string_view key) const {
  std::lock_guard lock(mutex_);
  return was_seen(hash_key(key, seed_));
}

void MemoryTier::put(PagePtr page) {
  Freed freed;
  std::lock_guard lock(mutex_);
  if (const auto old = table_.find(page->key); old != table_.end()) remove(old->second, freed);
  insert(std::move(page), freed);
}

PagePtr MemoryTier::put_if_absent(PagePtr page) {
  Freed freed;
  std::lock_guard lock(mutex_);
  if (const auto there = table_.find(page->key); there != table_.end()) return there->second->page;
  insert(page, freed);
  return page;
}

void MemoryTier::exchange(const PagePtr& from, PagePtr to) {
  Freed freed;
  std::lock_guard lock(mutex_);
  const auto found = table_.find(from->key);
  if (found == table_.end() || found->second->page != from) return;
  const Queue::iterator entry = found->second;
  auto node = table_.extract(found);  // its key is the page's
  node.key() = to->key;
  table_.insert(std::move(node));
  const std::uint64_t cost = to->memory_cost() + kEntryOverhead;
  bytes_ = bytes_ - entry->cost + cost;
  if (!entry->in_main) small_bytes_ = small_bytes_ - entry->cost + cost;
  if (entry->only_here) only_here_bytes_ = only_here_bytes_ - entry->cost + cost;
  entry->cost = cost;
  freed.push_back(std::exchange(entry->page, std::move(to)));
  shrink(freed);
}

std::vector<PagePtr> MemoryTier::often_asked(std::size_t count, std::uint64_t largest) const {
  std::vector<PagePtr> pages;
  std::size_t left = kLookedAt;
  std::lock_guard lock(mutex_);
  for (const Queue* queue : {&main_, &small_}) {
    for (const Entry& entry : *queue) {
      if (left-- == 0 || pages.size() == count) return pages;
      const Page& page = *entry.page;
      const bool packed = page.bodies.original() == Coding::identity &&
                          (page.bodies.has(Coding::brotli) || page.bodies.has(Coding::gzip));
      if (entry.hits >= kHitsToStay && packed && !page.polished && page.bodies.identity_bytes() <= largest)
        pages.push_back(entry.page);
    }
  }
  return pages;
}

void MemoryTier::erase(std::string_view key) {
  Freed freed;
  std::lock_guard lock(mutex_);
  if (const auto found = table_.find(key); found != table_.end()) remove(found->second, freed);
}

void MemoryTier::clear() {
  Queue small, main;
  std::lock_guard lock(mutex_);
  table_.clear();
  small.swap(small_);
  main.swap(main_);
  bytes_ = small_bytes_ = only_here_bytes_ = 0;
}

void MemoryTier::set_limit(std::uint64_t bytes) {
  Freed freed;
  std::lock_guard lock(mutex_);
  limit_ = bytes;
  shrink(freed);
}

void MemoryTier::insert(PagePtr page, Freed& freed) {
  const std::uint64_t cost = page->memory_cost() + kEntryOverhead;
  if (cost > limit_) return;
  const std::uint64_t hash = hash_key(page->key, seed_);
  const bool to_main = was_seen(hash);
  Queue& queue = to_main ? main_ : small_;
  queue.push_front(Entry{.page = std::move(page), .cost = cost, .hash = hash, .in_main = to_main});
  table_.emplace(queue.front().page->key, queue.begin());
  bytes_ += cost;
  if (!to_main) small_bytes_ += cost;
  shrink(freed);
}

void MemoryTier::remove(Queue::iterator entry, Freed& freed) {
  table_.erase(entry->page->key);
  bytes_ -= entry->cost;
  if (!entry->in_main) small_bytes_ -= entry->cost;
  if (entry->only_here) only_here_bytes_ -= entry->cost;
  freed.push_back(std::move(entry->page));
  (entry->in_main ? main_ : small_).erase(entry);
}

void MemoryTier::shrink(Freed& freed) {
  while (bytes_ > limit_) {
    // A page larger than the small queue's share is alone in it; the main queue makes room for it.
    const bool small_is_full = small_bytes_ > limit_ / 10 && small_.size() > 1;
    if (main_.empty() || small_is_full)
      evict_from_small(freed);
    else
      evict_from_main(freed);
  }
  while (ghosts_.size() > table_.size()) {
    ghost_set_.erase(ghosts_.front());
    ghosts_.pop_front();
  }
}

void MemoryTier::move_to_main(Queue::iterator entry, std::uint8_t hits) {
  if (!entry->in_main) small_bytes_ -= entry->cost;
  main_.splice(main_.begin(), entry->in_main ? main_ : small_, entry);
  entry->in_main = true;
  entry->hits = hits;
}

void MemoryTier::evict_from_small(Freed& freed) {
  const auto oldest = std::prev(small_.end());
  if (oldest->hits >= kHitsToStay || is_spared(*oldest)) return move_to_main(oldest, 0);
  remember(oldest->hash);
  remove(oldest, freed);
}

void MemoryTier::evict_from_main(Freed& freed) {
  const auto oldest = std::prev(main_.end());
  if (oldest->hits > 0) return move_to_main(oldest, static_cast<std::uint8_t>(oldest->hits - 1));
  is_spared(*oldest) ? move_to_main(oldest, 0) : remove(oldest, freed);
}

void MemoryTier::remember(std::uint64_t hash) {
  if (ghost_set_.insert(hash).second) ghosts_.push_back(hash);
}

bool MemoryTier::was_seen(std::uint64_t hash) const { return ghost_set_.count(hash) > 0; }

std::uint64_t MemoryTier::limit() const {
  std::lock_guard lock(mutex_);
  return limit_;
}

std::uint64_t MemoryTier::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

std::vector<PagePtr> MemoryTier::all() const {
  std::lock_guard lock(mutex_);
  std::vector<PagePtr> pages;
  pages.reserve(table_.size());
  for (const auto& [key, entry] : table_) pages.push_back(entry->page);
  return pages;
}

std::uint64_t MemoryTier::pages() const {
  std::lock_guard lock(mutex_);
  return table_.size();
}

}  // namespace larder::cache

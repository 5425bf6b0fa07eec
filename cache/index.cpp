#include "cache/index.h"

#include <algorithm>
#include <utility>

namespace larder::cache {
namespace {

// Keys that have the first bucket in common differ in it.
std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>((hash * 0x9e3779b97f4a7c15U) >> 32); }

// The upper 32 bits of the product spread a 32-bit number evenly over 0 .. size - 1.
std::size_t spread(std::uint32_t bits, std::uint64_t size) { return static_cast<std::size_t>((bits * size) >> 32); }

}  // namespace

Index::Index(const Geometry& geometry, std::uint64_t entries)
    : geometry_(geometry),
      buckets_(static_cast<std::size_t>(
          std::clamp<std::uint64_t>((entries + kBucketEntries - 1) / kBucketEntries, 2, UINT32_MAX / sizeof(Bucket)))),
      slots_(geometry.segment_count) {}

std::array<std::size_t, 2> Index::buckets_of(std::uint64_t hash) const {
  const std::size_t first = spread(static_cast<std::uint32_t>(hash), buckets_.size());
  return {first, other_bucket(first, tag_of(hash))};
}

// The two add up to what the tag says, so it is its own inverse.
std::size_t Index::other_bucket(std::size_t bucket, std::uint32_t tag) const {
  const std::size_t sum = spread(tag, buckets_.size());
  return sum >= bucket ? sum - bucket : sum + buckets_.size() - bucket;
}

bool Index::lives(std::uint32_t number) const {
  return number != 0 && slots_[geometry_.slot_of(number)].sequence.number == number;
}

Index::Entry* Index::find_entry(std::uint64_t hash) {
  const std::uint32_t tag = tag_of(hash);
  for (const std::size_t bucket : buckets_of(hash))
    for (Entry& entry : buckets_[bucket].entries)
      if (entry.tag == tag && is_live(entry)) return &entry;
  return nullptr;
}

std::optional<Location> Index::find(std::uint64_t hash) {
  const Entry* entry = find_entry(hash);
  return entry ? std::optional(location(*entry)) : std::nullopt;
}

Index::Entry* Index::free_entry(std::size_t bucket) {
  for (Entry& entry : buckets_[bucket].entries)
    if (!is_live(entry)) return &entry;
  return nullptr;
}

// A free entry, if need be by moving another one to its other bucket; else the one that lies furthest back.
Index::Entry& Index::victim(std::uint64_t hash) {
  const auto candidates = buckets_of(hash);
  for (const std::size_t bucket : candidates)
    if (Entry* free = free_entry(bucket)) return *free;
  Entry* oldest = &buckets_[candidates.front()].entries.front();
  for (const std::size_t bucket : candidates) {
    for (Entry& entry : buckets_[bucket].entries) {
      if (Entry* free = free_entry(other_bucket(bucket, entry.tag))) {
        *free = std::exchange(entry, {});
        return entry;
      }
      if (entry.at.number < oldest->at.number) oldest = &entry;
    }
  }
  return *oldest;
}

void Index::set(Entry& entry, std::uint64_t hash, const Location& at) {
  clear(entry);
  entry = {.tag = tag_of(hash), .at = at};
  ++slots_[geometry_.slot_of(at.number)].records;
  ++size_;
}

Location Index::location(const Entry& entry) {
  return {.number = entry.at.number, .offset = entry.at.offset, .length = entry.at.length & ~kHit};
}

void Index::mark_hit(std::uint64_t hash) {
  if (Entry* entry = find_entry(hash)) entry->at.length |= kHit;
}

bool Index::was_hit(std::uint64_t hash, const Location& at) {
  const Entry* entry = find_entry(hash);
  return entry != nullptr && location(*entry) == at && (entry->at.length & kHit) != 0;
}

void Index::clear(Entry& entry) {
  if (!is_live(entry)) return;
  --slots_[geometry_.slot_of(entry.at.number)].records;
  --size_;
  entry = {};
}

bool Index::put(std::uint64_t hash, const Location& at) {
  if (!lives(at.number)) return false;
  Entry* old = find_entry(hash);
  set(old ? *old : victim(hash), hash, at);
  return true;
}

bool Index::put_if_room(std::uint64_t hash, const Location& at) {
  if (!lives(at.number)) return false;
  Entry* entry = find_entry(hash);
  if (!entry) entry = &victim(hash);
  if (is_live(*entry) && entry->tag != tag_of(hash)) return false;
  set(*entry, hash, at);
  return true;
}

bool Index::put_if_absent(std::uint64_t hash, const Location& at) {
  return find_entry(hash) != nullptr || put_if_room(hash, at);
}

void Index::erase(std::uint64_t hash) {
  if (Entry* entry = find_entry(hash)) clear(*entry);
}

void Index::begin_segment(Sequence sequence) {
  Slot& slot = slots_[geometry_.slot_of(sequence.number)];
  size_ -= slot.records;
  slot = {.sequence = sequence};
}

void Index::drop_segment(std::uint32_t number) {
  Slot& slot = slots_[geometry_.slot_of(number)];
  if (slot.sequence.number != number) return;
  size_ -= slot.records;
  slot = {};
}

}  // namespace larder::cache

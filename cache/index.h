// Index: where in the ring the record of a key lies. In memory only, allocated once; what no record has come to takes
// no memory yet.
//
// 16 bytes an entry, in buckets of four (a cache line); a key may be in either of two buckets. An entry knows 32 bits
// of its key's hash: a look-up can be wrong, so whoever reads the record compares the whole key. They also lead from
// either bucket to the other, so an entry can make room by moving there: filled to the last place, the index holds 96
// of 100 pages that came; at four fifths, all but 7 of 10,000. When none can move, the one that lies furthest back in
// the ring goes: it would be reclaimed first anyhow.
// The index also knows which segment lives in each slot. Entries of a segment that is gone are as good as empty, so
// dropping a segment touches no entry.
// Threads: none of its own; its owner locks.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/zero_pages.h"
#include "cache/geometry.h"

namespace larder::cache {

// Where a record lies: segment, bytes from the segment's start, bytes (below 2^31).
struct Location {
  std::uint32_t number = 0;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  bool operator==(const Location&) const = default;
};

class Index {
 public:
  Index(const Geometry& geometry, std::uint64_t entries);

  std::optional<Location> find(std::uint64_t hash);

  // Replaces what the hash held. False when the record's segment is gone.
  bool put(std::uint64_t hash, const Location& at);

  // The same, but nothing makes room for it; false when there is none.
  bool put_if_room(std::uint64_t hash, const Location& at);

  // For recovery, which meets newer records first: leaves what the hash holds, and nothing makes room for it. False
  // when the hash holds nothing afterwards.
  bool put_if_absent(std::uint64_t hash, const Location& at);

  void erase(std::uint64_t hash);

  // The record that the hash holds has been asked for since it was put.
  void mark_hit(std::uint64_t hash);
  bool was_hit(std::uint64_t hash, const Location& at);

  // From now on this segment lives in its slot; what lived there is gone.
  void begin_segment(Sequence sequence);
  void drop_segment(std::uint32_t number);
  // The sequence that lives in the slot; number 0: none.
  Sequence in_slot(std::uint32_t slot) const { return slots_[slot].sequence; }
  bool lives(std::uint32_t number) const;

  std::uint64_t size() const { return size_; }
  std::uint64_t capacity() const { return buckets_.size() * kBucketEntries; }

 private:
  struct Entry {
    std::uint32_t tag = 0;
    Location at;  // the length's highest bit: has been asked for
  };
  static constexpr std::uint32_t kHit = std::uint32_t{1} << 31;
  static constexpr std::size_t kBucketEntries = 4;
  struct alignas(64) Bucket {
    std::array<Entry, kBucketEntries> entries;
  };
  static_assert(sizeof(Entry) == 16 && sizeof(Bucket) == 64);
  struct Slot {
    Sequence sequence;
    std::uint32_t records = 0;
  };

  std::array<std::size_t, 2> buckets_of(std::uint64_t hash) const;
  std::size_t other_bucket(std::size_t bucket, std::uint32_t tag) const;
  Entry* find_entry(std::uint64_t hash);
  Entry* free_entry(std::size_t bucket);
  Entry& victim(std::uint64_t hash);
  void set(Entry& entry, std::uint64_t hash, const Location& at);
  void clear(Entry& entry);
  static Location location(const Entry& entry);
  bool is_live(const Entry& entry) const { return lives(entry.at.number); }

  const Geometry geometry_;
  ZeroPages<Bucket> buckets_;
  std::vector<Slot> slots_;
  std::uint64_t size_ = 0;
};

}  // namespace larder::cache

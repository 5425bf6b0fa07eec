// PurgeLog: the purges that must outlive the daemon, on the cache drive: the file "purges" beside the ring or, where
// the ring is a block device, a part of the room that it leaves behind its superblocks (cache/FORMAT.md).
//
// One line a purge: a checksum, the time, "hard" or "soft", the kind and the name. A line that is not whole ends the
// log: it was never acknowledged. Each append is synced before it is called durable. There are two halves; one that is
// full is left for the other, which begins with what still counts, so the log never grows beyond both. Pure but for the
// drive; its owner calls it from one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "cache/geometry.h"
#include "cache/purge_list.h"

namespace larder::server {

std::string purge_line(const cache::Purge& purge);
std::vector<cache::Purge> parse_purge_lines(std::string_view text);
// The last of each name; too many, or too long: one purge of everything older.
std::vector<cache::Purge> what_still_counts(const std::vector<cache::Purge>& purges);

class PurgeLog {
 public:
  static constexpr std::uint64_t kHalf = 1 << 20;   // bytes
  static constexpr std::uint64_t kOnDevice = 8192;  // bytes from its start: behind the superblocks
  static_assert(kOnDevice + 2 * kHalf <= cache::kSegmentBytes);

  // `cache_path`: a directory, or a block device; `purges` gets what the log there holds.
  static Result<PurgeLog> open(const std::string& cache_path, std::vector<cache::Purge>& purges);
  // In this file, or device, from there on.
  static Result<PurgeLog> open_at(const std::string& path, std::uint64_t start, std::vector<cache::Purge>& purges);

  // On the drive when it is ok. After an error the log is to be opened again.
  Status append(const std::vector<cache::Purge>& purges);

 private:
  PurgeLog(UniqueFd fd, std::uint64_t start) : fd_(std::move(fd)), start_(start) {}
  std::uint64_t half(std::uint64_t generation) const { return start_ + (generation + 1) % 2 * kHalf; }
  Result<std::uint64_t> read_generation(std::uint64_t begin) const;
  Result<std::vector<cache::Purge>> read_lines() const;
  Status begin_other_half(const std::vector<cache::Purge>& purges);

  UniqueFd fd_;
  std::uint64_t start_;
  std::uint64_t generation_ = 0;  // the half that counts; 0: none yet
  std::uint64_t end_ = 0;         // of its lines
};

}  // namespace larder::server

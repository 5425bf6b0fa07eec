// MemoryPlan: who may have how much of the board's memory. Pure.
//
// Worked out before anything starts, from what there is and what the ini asks for; `larder check` prints it, and a plan
// whose sum is more than there is is refused. "auto" in the ini (workers, pages in memory) means: what fits, at most a
// worker a core. The governor's limits for workers and pages are shares of these. On a board of 1 GiB (925 MiB for
// Linux): kernel 111, services 60, PHP 4 x 64, opcache and master 74, Larder 124, sockets 32, page cache 130, file
// synchronisation 65.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace larder::server {

struct MemoryWishes {
  std::uint64_t total = 0;  // bytes; 0: unknown, everything fits
  bool group = false;       // `total` is what our group may take: kernel and services are not in it
  unsigned cores = 1;
  bool own_php = true;                       // php-fpm is ours
  std::optional<unsigned> workers;           // nullopt: auto
  std::optional<std::uint64_t> page_memory;  // nullopt: auto
  std::uint64_t ring = 0;                    // bytes on the drive
  unsigned connections = 0;
};

struct MemoryPlan {
  std::uint64_t total = 0;
  bool group = false;
  std::uint64_t kernel = 0, services = 0;
  unsigned workers = 1;
  std::uint64_t worker = 0;   // bytes each; 0: they are not ours
  std::uint64_t opcache = 0;  // with php-fpm's master
  std::uint64_t pages = 0, index = 0, connections = 0, larder = 0;
  std::uint64_t sockets = 0, page_cache = 0, synchronisation = 0;

  std::uint64_t sum() const;
  bool fits() const { return total == 0 || sum() <= total; }
};

MemoryPlan plan_memory(const MemoryWishes& wishes);

// What does not fit, and what would.
Status check_plan(const MemoryPlan& plan);

// For people: a line an item.
std::vector<std::string> describe(const MemoryPlan& plan);

}  // namespace larder::server

// index_cost: CPU time of a look-up in the ring's index, and its memory, at 1 k to 1 M pages.
//
//   index_cost PAGES      one line: pages, nanoseconds of CPU a look-up, bytes an entry
//
// Half of the look-ups find something. What they ask for is drawn at random beforehand and asked for once, so the
// processor's caches hold of the index what it has room for, as in a daemon that does nothing else.
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "cache/index.h"

namespace {

using namespace larder::cache;

constexpr std::size_t kLookUps = 1'000'000;
constexpr int kRuns = 9;
constexpr std::uint32_t kRecord = 16 * 1024;

double cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

std::uint64_t resident() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * 4096;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t pages = argc == 2 ? std::strtoull(argv[1], nullptr, 10) : 0;
  if (pages == 0) return std::fprintf(stderr, "usage: index_cost PAGES\n"), 2;
  const std::uint32_t a_segment = kSegmentBytes / kRecord;
  const Geometry geometry{kSegmentBytes, static_cast<std::uint32_t>(pages / a_segment + 2)};
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> hashes(pages), asked(kLookUps);
  for (std::uint64_t& hash : hashes) hash = random();
  for (std::size_t i = 0; i < kLookUps; ++i) asked[i] = i % 2 == 0 ? hashes[random() % pages] : random();

  const std::uint64_t before = resident();
  Index index(geometry, pages);
  std::uint64_t kept = 0;
  for (std::uint64_t i = 0; i < pages; ++i) {
    const auto number = static_cast<std::uint32_t>(i / a_segment + 1);
    if (i % a_segment == 0) index.begin_segment({.run = 1, .number = number});
    kept +=
        index.put(hashes[i],
                  {.number = number, .offset = static_cast<std::uint32_t>(i % a_segment) * kRecord, .length = kRecord})
            ? 1
            : 0;
  }
  const std::uint64_t memory = resident() - before;

  std::vector<double> runs;
  std::uint64_t found = 0;
  for (int run = 0; run < kRuns; ++run) {
    const double begun = cpu_ns();
    for (const std::uint64_t hash : asked) found += index.find(hash).has_value() ? 1 : 0;
    runs.push_back((cpu_ns() - begun) / static_cast<double>(kLookUps));
  }
  std::nth_element(runs.begin(), runs.begin() + kRuns / 2, runs.end());
  std::printf("%llu %.1f %.2f %llu %llu %.4f\n", static_cast<unsigned long long>(pages), runs[kRuns / 2],
              static_cast<double>(memory) / static_cast<double>(pages),
              static_cast<unsigned long long>(index.capacity()), static_cast<unsigned long long>(index.size()),
              static_cast<double>(found) / kRuns / kLookUps);
  return kept == 0 ? 1 : 0;
}

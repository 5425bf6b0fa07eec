// lookup_cost: what a request for a page that is nowhere pays for being told so: CPU time from its key to the answer of
// the page store, at 1 k to 1 M pages in the ring's index.
//
//   lookup_cost PAGES     one line: pages, nanoseconds of CPU a request, pages in the index
//
// Both tiers are asked, as server/exchange.cpp does. The drive is one that forgets everything: no look-up reaches it.
// The memory tier is small, so that it has the same size whatever the index has.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "cache/page_store.h"

namespace {

using namespace larder;
using namespace larder::cache;

constexpr std::size_t kRequests = 1'000'000;
constexpr int kRuns = 9;
constexpr std::uint64_t kBytesAnEntry = 16 << 10;  // of the ring; as cache/ring.cpp sizes the index
constexpr std::uint64_t kAtOnce = 2'000;           // pages that wait for the drive

class ForgetfulDevice final : public Device {
 public:
  explicit ForgetfulDevice(std::uint64_t bytes) : bytes_(bytes) {}
  Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> to) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(to.size(), bytes_ - std::min(bytes_, offset)));
    std::memset(to.data(), 0, count);
    return count;
  }
  Result<std::size_t> write(std::uint64_t, std::span<const std::uint8_t> from) override { return from.size(); }
  Status sync() override { return Done{}; }
  Status clear() override { return Done{}; }
  std::optional<std::uint64_t> capacity() const override { return bytes_; }

 private:
  std::uint64_t bytes_;
};

double cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

std::string key_of(std::uint64_t number) {
  const std::uint64_t mixed = number * 0x9e3779b97f4a7c15U;
  return "https://www.larder.example/2016/02/a-post-of-that-day-" + std::to_string(mixed) + "/";
}

PagePtr page_of(std::uint64_t number, Millis now) {
  auto page = std::make_shared<Page>();
  page->key = key_of(number);
  page->bodies = Bodies("a page");
  page->created = now;
  page->lifetime = 3600;
  return page;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t pages = argc == 2 ? std::strtoull(argv[1], nullptr, 10) : 0;
  if (pages == 0) return std::fprintf(stderr, "usage: lookup_cost PAGES\n"), 2;
  SystemClock clock;
  Counters counters;
  const std::uint64_t ring_bytes = std::max<std::uint64_t>(pages * kBytesAnEntry, 8 * kSegmentBytes);
  StoreOptions options;
  options.ring_bytes = ring_bytes;
  options.memory_bytes = 1 << 20;
  auto store = PageStore::open_on(
      [&](const std::optional<Uuid>&) -> Result<std::unique_ptr<Device>> {
        return std::unique_ptr<Device>(std::make_unique<ForgetfulDevice>(ring_bytes + kSegmentBytes));
      },
      options, clock, counters, [](Level, std::string_view) {});
  if (!store.ok()) return std::fprintf(stderr, "%s\n", store.error().message.c_str()), 1;
  for (std::uint64_t i = 0; i < pages; ++i) {
    (*store)->put(page_of(i, clock.wall()));
    if (i % kAtOnce == 0) (*store)->flush();
  }
  (*store)->flush();

  std::vector<std::string> keys;
  for (std::uint64_t i = 0; i < kRequests; ++i) keys.push_back(key_of(pages + i));
  std::vector<double> runs;
  std::uint64_t found = 0;
  for (int run = 0; run < kRuns; ++run) {
    const double begun = cpu_ns();
    for (const std::string& key : keys) {
      if ((*store)->find_in_memory(key)) ++found;
      (*store)->find_on_flash(key, [&](const PagePtr& page) { found += page ? 1 : 0; });
    }
    runs.push_back((cpu_ns() - begun) / static_cast<double>(kRequests));
  }
  std::nth_element(runs.begin(), runs.begin() + kRuns / 2, runs.end());
  std::printf("%llu %.1f %llu\n", static_cast<unsigned long long>(pages), runs[kRuns / 2],
              static_cast<unsigned long long>((*store)->info().ring_pages));
  return found == 0 ? 0 : 1;
}

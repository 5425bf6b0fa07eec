// A page store on a medium in memory, and the few words that its tests are made of.
#pragma once

#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cache/page_store.h"
#include "tests/cache/memory_device.h"
#include "tests/cache/told_page.h"
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"

namespace larder::cache {

struct StoreFixture {
  StoreFixture() {
    options.memory_bytes = 1 << 20;
    options.segment_bytes = 64 * 1024;
    options.ring_bytes = 8 * 64 * 1024;
    open();
  }

  void open(bool recover = true) {
    auto opened =
        PageStore::open_on([this](const std::optional<Uuid>&) { return open_device(); }, options, clock, counters,
                           [this](Level, std::string_view text) {
                             std::lock_guard lock(reports_mutex);
                             reports.emplace_back(text);
                           });
    REQUIRE(opened);
    store = *std::move(opened);
    while (recover && store->info().recovering) std::this_thread::yield();
  }
  Result<std::unique_ptr<Device>> open_device() const {
    if (medium->absent) return Error{"there is no drive", ENOENT};
    return std::unique_ptr<Device>(std::make_unique<MemoryDevice>(medium));
  }
  void restart() {
    store.reset();
    open();
  }
  // Until the store has noticed what happened to the drive.
  void await(DriveState state) const {
    while (store->info().drive != state) std::this_thread::yield();
  }

  void put(const std::string& key, std::uint64_t version, std::uint64_t size = 500) {
    store->put(told_page(key, version, size, clock.wall()));
  }
  std::future<PagePtr> ask(const std::string& key) {
    auto answer = std::make_shared<std::promise<PagePtr>>();
    store->find_on_flash(key, [answer](PagePtr page) { answer->set_value(std::move(page)); });
    return answer->get_future();
  }
  PagePtr from_flash(const std::string& key) { return ask(key).get(); }
  void forget_memory() {
    store->set_memory_limit(0);
    store->set_memory_limit(options.memory_bytes);
  }
  std::uint64_t version(const PagePtr& page, const std::string& key) { return page ? told_version(*page, key) : 0; }
  std::uint64_t flash_version(const std::string& key) { return version(from_flash(key), key); }
  std::uint64_t count(Counter counter) const { return counters.get(counter); }
  std::size_t report_count() {
    std::lock_guard lock(reports_mutex);
    return reports.size();
  }

  StoreOptions options;
  std::shared_ptr<Medium> medium = std::make_shared<Medium>();
  ManualClock clock;
  Counters counters;
  std::mutex reports_mutex;
  std::vector<std::string> reports;
  std::unique_ptr<PageStore> store;
};

}  // namespace larder::cache

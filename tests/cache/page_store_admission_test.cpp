// What of the pages that are put is written to flash, and what is not.
#include "tests/cache/store_fixture.h"

namespace larder::cache {
namespace {

TEST_CASE("A page rendered again without a change is not written again, and is fresh as the new one from flash too") {
  StoreFixture f;
  f.put("a", 1);
  f.store->flush();
  const auto written = f.count(Counter::ring_written_bytes);
  f.clock.advance(700'000);  // no longer fresh
  f.put("a", 1);
  f.store->flush();
  CHECK(f.count(Counter::ring_unchanged) == 1);
  CHECK(f.count(Counter::ring_admitted) == 1);
  CHECK(f.count(Counter::ring_written_bytes) == written);
  f.forget_memory();
  const PagePtr page = f.from_flash("a");
  REQUIRE(page);
  CHECK(page->created == f.clock.wall());
  CHECK(page->fresh_at(f.clock.wall()));
  // The renewal does not outlive the run, and the page is written when it changes.
  f.restart();
  CHECK_FALSE(f.from_flash("a")->fresh_at(f.clock.wall()));
  f.put("a", 2);
  f.store->flush();
  CHECK(f.count(Counter::ring_unchanged) == 1);
  CHECK(f.count(Counter::ring_admitted) == 2);
}

TEST_CASE("A page put again before it was written is written once") {
  StoreFixture f;
  f.put("a", 1);
  f.put("a", 1);
  f.store->flush();
  f.forget_memory();
  CHECK(f.flash_version("a") == 1);
}

TEST_CASE("A page with a query is written when it is asked for again") {
  StoreFixture f;
  f.put("http://pi/?s=1", 1);
  f.store->flush();
  CHECK(f.count(Counter::ring_pages_written) == 0);
  CHECK(f.count(Counter::ring_refused_once) == 1);
  CHECK(f.store->find_in_memory("http://pi/?s=1"));
  f.store->flush();
  CHECK(f.count(Counter::ring_pages_written) == 1);
  CHECK(f.store->find_in_memory("http://pi/?s=1"));
  f.store->flush();
  CHECK(f.count(Counter::ring_pages_written) == 1);
  f.forget_memory();
  CHECK(f.flash_version("http://pi/?s=1") == 1);
}

TEST_CASE("A page with a query that comes back soon after it fell out of memory is written at once") {
  StoreFixture f;
  f.put("http://pi/?s=1", 1);
  for (std::uint64_t i = 0; f.store->info().memory_bytes < f.options.memory_bytes * 9 / 10; ++i)
    f.put("http://pi/?flood=" + std::to_string(i), 1, 5'000);
  for (std::uint64_t i = 0; i < 30; ++i) f.put("http://pi/?more=" + std::to_string(i), 1, 5'000);
  f.store->flush();
  CHECK(f.count(Counter::ring_pages_written) == 0);
  f.put("http://pi/?s=1", 1);
  f.store->flush();
  CHECK(f.count(Counter::ring_pages_written) == 1);
}

TEST_CASE("With the budget spent pages stay in memory, and an older version on flash does not come back") {
  StoreFixture f;
  f.put("a", 1);
  f.store.reset();
  f.options.write_budget = 64 * 1024;
  f.open();
  for (std::uint64_t i = 0; i < 8; ++i) {
    f.put("k" + std::to_string(i), 1, 10'000);
    f.store->flush();
  }
  // Half of the budget: written when asked for again. Nothing left: not written.
  CHECK(f.count(Counter::ring_refused_once) > 0);
  for (std::uint64_t i = 0; i < 8; ++i) {
    REQUIRE(f.store->find_in_memory("k" + std::to_string(i)));
    f.store->flush();
  }
  CHECK(f.store->info().budget_left == 0);
  CHECK(f.store->info().write_budget == 64 * 1024);
  const auto refused = f.count(Counter::ring_refused_budget);
  f.put("a", 2);
  CHECK(f.count(Counter::ring_refused_budget) == refused + 1);
  f.store->flush();
  CHECK(f.version(f.store->find_in_memory("a"), "a") == 2);
  f.forget_memory();
  CHECK(f.from_flash("a") == nullptr);
  f.clock.advance(24 * 3'600'000);
  f.put("a", 3);
  f.store->flush();
  f.forget_memory();
  CHECK(f.flash_version("a") == 3);
}

TEST_CASE("What was asked for outlives the reclaiming of its segment, what was not does not") {
  StoreFixture f;
  f.options.memory_bytes = 64 * 1024;
  f.restart();
  const auto fill = [&](std::uint64_t laps) {
    for (std::uint64_t bytes = 0; bytes < laps * f.options.ring_bytes; bytes += 4'000) {
      f.put("filler" + std::to_string(f.clock.wall()) + "/" + std::to_string(bytes), 1, 3'700);
      f.store->flush();  // so that the reader keeps up
    }
  };
  f.put("wanted", 1, 1'000);
  f.put("unwanted", 1, 1'000);
  f.store->flush();
  for (int lap = 0; lap < 4; ++lap) {
    f.forget_memory();
    REQUIRE(f.flash_version("wanted") == 1);
    fill(1);
  }
  f.forget_memory();
  CHECK(f.from_flash("unwanted") == nullptr);
  CHECK(f.count(Counter::ring_reinserted) >= 3);
  CHECK(f.count(Counter::ring_reinserted) <= 6);
  // What is written again counts as no page's first record.
  CHECK(f.count(Counter::ring_pages_written) > f.count(Counter::ring_admitted));
  CHECK(f.count(Counter::ring_written_bytes) > f.count(Counter::ring_record_bytes));
  CHECK(f.count(Counter::ring_damaged) == 0);
}

TEST_CASE("What is no longer fresh is not written again") {
  StoreFixture f;
  f.options.memory_bytes = 64 * 1024;
  f.restart();
  f.put("wanted", 1, 1'000);
  f.store->flush();
  f.forget_memory();
  REQUIRE(f.flash_version("wanted") == 1);
  f.clock.advance(601'000);
  for (std::uint64_t i = 0; i < 2 * f.options.ring_bytes / 4'000; ++i) {
    f.put("filler" + std::to_string(i), 1, 3'700);
    f.store->flush();
  }
  CHECK(f.count(Counter::ring_reinserted) == 0);
}

TEST_CASE("While writes are held back pages stay in memory only; afterwards they are written, as the next one is") {
  StoreFixture f;
  f.store->hold_back_writes(Admission::Level::none);
  f.put("a", 1);
  CHECK(f.store->find_in_memory("a"));
  f.store->flush();
  CHECK(f.count(Counter::ring_pages_written) == 0);
  CHECK(f.count(Counter::ring_refused_pressure) == 2);  // when it was put, and when it was asked for
  f.store->hold_back_writes(Admission::Level::plenty);
  f.put("b", 1);
  f.store->flush();
  CHECK(f.count(Counter::ring_pages_written) == 2);
  f.forget_memory();
  CHECK(f.flash_version("a") == 1);
}

TEST_CASE("What was made while writes were held back is not written when it is old by then, or has been replaced") {
  StoreFixture f;
  f.store->hold_back_writes(Admission::Level::none);
  f.put("old", 1);
  f.clock.advance(700'000);
  f.put("replaced", 1);
  f.put("replaced", 2);
  f.put("removed", 1);
  f.store->remove("removed");
  f.store->hold_back_writes(Admission::Level::plenty);
  f.store->hold_back_writes(Admission::Level::none);  // nothing is owed any more
  f.store->hold_back_writes(Admission::Level::plenty);
  f.store->flush();
  CHECK(f.count(Counter::ring_pages_written) == 1);
  f.forget_memory();
  CHECK(f.flash_version("replaced") == 2);
}

TEST_CASE("What was asked for while writes were held back is written when it is asked for afterwards") {
  StoreFixture f;
  f.store->hold_back_writes(Admission::Level::none);
  f.put("wanted", 1);
  f.put("unwanted", 1);
  CHECK(f.store->find_in_memory("wanted"));
  f.store->hold_back_writes(Admission::Level::little);
  CHECK(f.store->find_in_memory("wanted"));
  f.store->flush();
  CHECK(f.count(Counter::ring_pages_written) == 1);
  f.forget_memory();
  CHECK(f.flash_version("wanted") == 1);
  CHECK(f.from_flash("unwanted") == nullptr);
  f.store->hold_back_writes(Admission::Level::plenty);  // it is in the ring already
  CHECK(f.store->find_in_memory("wanted"));
  f.store->flush();
  CHECK(f.count(Counter::ring_pages_written) == 1);
}

TEST_CASE("When memory shrinks, pages that could not be written outlive those that can be read again") {
  StoreFixture f;
  for (int i = 0; i < 200; ++i) f.put("written" + std::to_string(i), 1, 3'000);
  f.store->flush();
  f.store->hold_back_writes(Admission::Level::none);
  const auto number = [](int i) { return "only-here" + std::to_string(i); };
  for (int i = 0; i < 12; ++i) f.put(number(i), 1, 3'000);
  // Visitors of other pages go on, which are read back into memory.
  f.store->set_memory_limit(f.options.memory_bytes / 6);
  for (int i = 0; i < 200; ++i)
    for (int times = 0; times < 2; ++times)
      if (!f.store->find_in_memory("written" + std::to_string(i))) f.from_flash("written" + std::to_string(i));
  int kept = 0;
  for (int i = 0; i < 12; ++i) kept += f.store->peek(number(i)) ? 1 : 0;
  CHECK(kept == 12);
}

}  // namespace
}  // namespace larder::cache

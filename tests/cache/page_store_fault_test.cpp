#include <utility>

#include "tests/cache/store_fixture.h"

namespace larder::cache {
namespace {

TEST_CASE("When the drive cannot be written, pages stay in memory and it is told once") {
  StoreFixture f;
  f.put("before", 1);
  f.store->flush();
  f.medium->write_error = EIO;
  f.put("a", 1);
  f.store->flush();
  CHECK(f.count(Counter::ring_errors) == 1);
  CHECK(f.count(Counter::ring_write_dropped) == 0);  // it was in the segment that is lost
  CHECK(f.store->info().drive == DriveState::read_write);
  f.put("b", 1);
  f.store->flush();
  CHECK(f.count(Counter::ring_errors) == 2);  // tried once more
  CHECK(f.store->info().drive == DriveState::read_only);
  f.put("c", 1);
  f.store->flush();
  CHECK(f.count(Counter::ring_errors) == 2);  // left alone
  CHECK(f.count(Counter::ring_refused_drive) == 1);
  for (const char* key : {"a", "b", "c"}) CHECK(f.version(f.store->find_in_memory(key), key) == 1);
  CHECK(f.report_count() == 1);
}

TEST_CASE("After the pause the drive is tried again, and that it works is told once") {
  StoreFixture f;
  f.medium->write_error = ENOSPC;
  f.put("a", 1);
  f.store->flush();
  f.put("a2", 1);
  f.store->flush();
  f.medium->write_error = 0;
  f.clock.advance(999);
  f.put("b", 1);
  f.store->flush();
  CHECK(f.store->info().ring_pages == 0);
  f.clock.advance(1);
  f.put("c", 1);
  f.store->flush();
  CHECK(f.store->info().ring_pages == 1);
  CHECK(f.report_count() == 2);
  CHECK(f.store->info().drive == DriveState::read_write);
  f.forget_memory();
  CHECK(f.flash_version("c") == 1);
}

TEST_CASE("A failed sync loses the segment and nothing else") {
  StoreFixture f;
  for (std::uint64_t i = 1; i < 100; ++i) f.put("old" + std::to_string(i), i, 1000);
  f.store->flush();
  const auto before = f.store->info().ring_pages;
  f.medium->sync_error = EIO;
  f.put("a", 1);
  f.store->flush();
  f.medium->sync_error = 0;
  CHECK(f.count(Counter::ring_errors) == 1);
  CHECK(f.store->info().ring_pages < before);
  CHECK(f.store->info().ring_pages > 0);
  f.forget_memory();
  CHECK(f.from_flash("a") == nullptr);
  CHECK(f.flash_version("old1") == 1);
}

TEST_CASE("A drive that cannot be read makes misses, counted and told once") {
  StoreFixture f;
  for (std::uint64_t i = 1; i <= 100; ++i) f.put("k" + std::to_string(i), i, 1000);
  f.store->flush();
  f.forget_memory();
  f.medium->read_error = EIO;
  CHECK(f.from_flash("k1") == nullptr);
  f.await(DriveState::suspect);
  CHECK(f.from_flash("k2") == nullptr);  // without a read
  f.medium->read_error = 0;
  f.await(DriveState::read_write);
  CHECK(f.flash_version("k3") == 3);
  CHECK(f.flash_version("k2") == 2);
  CHECK(f.from_flash("k1") == nullptr);  // not asked for again
  CHECK(f.report_count() == 2);
}

TEST_CASE("A drive that hangs holds nobody: memory answers, flash look-ups find nothing at once") {
  StoreFixture f;
  for (std::uint64_t i = 1; i <= 100; ++i) f.put("k" + std::to_string(i), i, 1000);
  f.store->flush();
  f.forget_memory();
  f.put("hot", 1);
  f.medium->reads.shut();
  auto hanging = f.ask("k1");
  f.medium->reads.await_one();
  auto waiting = f.ask("k2");
  f.put("k2", 1000);  // while the older one waits to be read
  f.clock.advance(2'001);
  CHECK(f.from_flash("k3") == nullptr);
  CHECK(f.version(f.store->find_in_memory("hot"), "hot") == 1);
  // Those who waited already are let go too, although the drive still hangs.
  CHECK(hanging.get() == nullptr);
  CHECK(f.version(waiting.get(), "k2") == 1000);
  CHECK(f.store->info().drive == DriveState::suspect);
  f.store->remove("k1");  // while it is being read
  f.medium->reads.open();
  f.await(DriveState::read_write);
  CHECK(f.store->find_in_memory("k1") == nullptr);
  CHECK(f.from_flash("k1") == nullptr);
  CHECK(f.flash_version("k3") == 3);
}

TEST_CASE("A drive that was suspect for a minute is let go, and taken up again when it is there") {
  StoreFixture f;
  for (std::uint64_t i = 1; i <= 100; ++i) f.put("k" + std::to_string(i), i, 1000);
  f.store->flush();
  f.forget_memory();
  f.medium->read_error = EIO;
  f.medium->absent = true;
  CHECK(f.from_flash("k1") == nullptr);
  f.await(DriveState::suspect);
  f.clock.advance(60'000);
  f.await(DriveState::offline);
  CHECK(f.store->info().ring_pages == 0);
  CHECK(f.from_flash("k2") == nullptr);
  f.put("k2", 1000);
  f.store->remove("k3");
  CHECK(f.version(f.store->find_in_memory("k2"), "k2") == 1000);
  CHECK(f.count(Counter::drive_losses) == 1);
  CHECK(f.count(Counter::ring_refused_drive) == 1);
  f.medium->read_error = 0;
  f.medium->absent = false;
  f.clock.advance(1'000);
  f.await(DriveState::read_write);
  f.forget_memory();
  CHECK(f.flash_version("k4") == 4);
  CHECK(f.from_flash("k2") == nullptr);  // what it holds was replaced meanwhile
  CHECK(f.from_flash("k3") == nullptr);
  f.put("k2", 1001);
  f.store->flush();
  f.forget_memory();
  CHECK(f.flash_version("k2") == 1001);
  CHECK(f.report_count() == 3);  // suspect, gone, back
}

TEST_CASE("A drive in whose place another is now is let go at once") {
  StoreFixture f;
  for (std::uint64_t i = 1; i <= 100; ++i) f.put("k" + std::to_string(i), i, 1000);
  f.store->flush();
  f.forget_memory();
  const auto pulled = std::exchange(f.medium, std::make_shared<Medium>());
  pulled->replaced = true;
  pulled->read_error = pulled->write_error = EIO;
  CHECK(f.from_flash("k1") == nullptr);
  f.await(DriveState::offline);
  f.clock.advance(1'000);
  f.await(DriveState::read_write);
  CHECK(f.count(Counter::drive_losses) == 1);
  CHECK(f.from_flash("k2") == nullptr);
  f.put("c", 1);
  f.store->flush();
  f.forget_memory();
  CHECK(f.flash_version("c") == 1);
}

TEST_CASE("A drive that hangs for ever is let go while it hangs, and another one taken up") {
  StoreFixture f;
  for (std::uint64_t i = 1; i <= 100; ++i) f.put("k" + std::to_string(i), i, 1000);
  f.store->flush();
  f.forget_memory();
  const auto hangs = f.medium;
  hangs->reads.shut();
  auto hanging = f.ask("k1");
  hangs->reads.await_one();
  f.clock.advance(2'001);
  f.await(DriveState::suspect);
  f.medium = std::make_shared<Medium>();
  f.clock.advance(60'000);
  CHECK(hanging.get() == nullptr);
  f.await(DriveState::offline);
  f.clock.advance(1'000);
  f.await(DriveState::read_write);
  f.put("new", 1);
  f.store->flush();
  f.forget_memory();
  CHECK(f.flash_version("new") == 1);
  hangs->reads.open();
}

TEST_CASE("A store that waits for its drive keeps pages in memory until it is there") {
  StoreFixture f;
  f.store.reset();
  f.medium->absent = true;
  f.options.wait_for_drive = true;
  f.open(false);
  CHECK(f.store->info().drive == DriveState::absent);
  CHECK(f.report_count() == 1);
  f.put("a", 1);
  CHECK(f.version(f.store->find_in_memory("a"), "a") == 1);
  CHECK(f.from_flash("b") == nullptr);
  for (int i = 0; i < 3; ++i) f.clock.advance(1'000);
  f.medium->absent = false;
  f.clock.advance(15'000);
  f.await(DriveState::read_write);
  f.put("a", 2);
  f.store->flush();
  f.forget_memory();
  CHECK(f.flash_version("a") == 2);
  CHECK(f.report_count() == 2);
}

TEST_CASE("A drive that comes back after more changes than are remembered counts as empty") {
  StoreFixture f;
  f.put("a", 1);
  f.store.reset();
  f.medium->absent = true;
  f.options.wait_for_drive = true;
  f.open(false);
  for (std::size_t i = 0; i <= 16 * 1024; ++i) f.store->remove("k" + std::to_string(i));
  f.medium->absent = false;
  f.clock.advance(15'000);
  f.await(DriveState::read_write);
  CHECK(f.from_flash("a") == nullptr);
  f.put("a", 2);
  f.store->flush();
  f.forget_memory();
  CHECK(f.flash_version("a") == 2);
}

TEST_CASE("Of a thousand and more look-ups that wait, those beyond the bound are answered at once") {
  StoreFixture f;
  for (std::uint64_t i = 1; i <= 100; ++i) f.put("k" + std::to_string(i), i, 1000);
  f.store->flush();
  f.forget_memory();
  f.medium->reads.shut();
  auto hanging = f.ask("k1");
  f.medium->reads.await_one();
  std::vector<std::future<PagePtr>> waiting;
  for (int i = 0; i < 1024; ++i) waiting.push_back(f.ask("k2"));
  CHECK(f.from_flash("k2") == nullptr);
  f.medium->reads.open();
  for (auto& answer : waiting) CHECK(f.version(answer.get(), "k2") == 2);
}

TEST_CASE("Look-ups that wait when the store stops are answered with nothing before stop() returns") {
  StoreFixture f;
  for (std::uint64_t i = 1; i <= 100; ++i) f.put("k" + std::to_string(i), i, 1000);
  f.store->flush();
  f.forget_memory();
  f.medium->reads.shut();
  auto hanging = f.ask("k1");
  f.medium->reads.await_one();
  auto waiting = f.ask("k2");
  std::thread stopper([&] { f.store->stop(); });
  f.medium->reads.open();
  stopper.join();
  using namespace std::chrono_literals;
  CHECK(hanging.wait_for(0s) == std::future_status::ready);
  CHECK(waiting.wait_for(0s) == std::future_status::ready);
  CHECK(f.from_flash("k3") == nullptr);
  f.put("late", 1);
  f.store->flush();
  CHECK(f.store->find_in_memory("late"));
}

TEST_CASE("Pages that the queue has no room for are dropped, counted, and their older versions forgotten") {
  StoreFixture f;
  f.put("a", 1);
  f.store->flush();
  f.options.queue_bytes = 3'000;
  f.restart();
  f.put("a", 2, 4'000);
  CHECK(f.count(Counter::ring_write_dropped) == 1);
  f.forget_memory();
  CHECK(f.from_flash("a") == nullptr);
}

TEST_CASE("A store whose drive fails while it recovers works on") {
  StoreFixture f;
  for (std::uint64_t i = 1; i <= 300; ++i) f.put("k" + std::to_string(i), i, 1000);
  f.store.reset();
  f.medium->reads.shut();
  std::thread opener([&] { f.open(); });
  f.medium->reads.await_one();
  f.medium->read_error = 0;
  f.medium->reads.open();
  opener.join();
  f.medium->read_error = EIO;
  f.put("new", 1);
  f.store->flush();
  CHECK(f.version(f.store->find_in_memory("new"), "new") == 1);
  f.medium->read_error = 0;
  f.restart();
  CHECK(f.flash_version("new") == 1);
}

}  // namespace
}  // namespace larder::cache

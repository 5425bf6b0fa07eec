// Pages that are removed are gone at once, wherever they lie and whatever the drive does.
#include "tests/cache/store_fixture.h"

namespace larder::cache {
namespace {

TEST_CASE("A page that is removed is in neither tier, and the others stay") {
  StoreFixture f;
  f.put("a", 1);
  f.put("b", 1);
  f.store->flush();
  f.store->remove("a");
  CHECK(f.store->find_in_memory("a") == nullptr);
  CHECK(f.from_flash("a") == nullptr);
  f.forget_memory();
  CHECK(f.flash_version("b") == 1);
}

TEST_CASE("When everything is removed nothing is left, and what is put afterwards is kept") {
  StoreFixture f;
  for (std::uint64_t i = 1; i <= 100; ++i) f.put("k" + std::to_string(i), i, 1000);
  f.store->flush();
  f.store->remove_all();
  CHECK(f.store->find_in_memory("k1") == nullptr);
  CHECK(f.from_flash("k1") == nullptr);
  CHECK(f.store->info().memory_bytes == 0);
  f.put("new", 1);
  f.store->flush();
  f.forget_memory();
  CHECK(f.store->info().ring_pages == 1);
  CHECK(f.flash_version("new") == 1);
}

TEST_CASE("A page that waits for the drive is not written when it was removed") {
  StoreFixture f;
  f.put("a", 1);
  f.store->flush();
  f.medium->writes_gate.shut();
  f.put("a", 2);
  f.store->remove("a");
  f.medium->writes_gate.open();
  f.store->flush();
  CHECK(f.from_flash("a") == nullptr);
}

TEST_CASE("What is removed while the drive is away does not come back with it") {
  StoreFixture f;
  const bool everything = GENERATE(false, true);
  for (std::uint64_t i = 1; i <= 100; ++i) f.put("k" + std::to_string(i), i, 1000);
  f.store.reset();
  f.medium->absent = true;
  f.options.wait_for_drive = true;
  f.open(false);
  everything ? f.store->remove_all() : f.store->remove("k1");
  f.medium->absent = false;
  f.clock.advance(15'000);
  f.await(DriveState::read_write);
  CHECK(f.from_flash("k1") == nullptr);
  CHECK(f.flash_version("k2") == (everything ? 0 : 2));
}

}  // namespace
}  // namespace larder::cache

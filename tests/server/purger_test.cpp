#include "server/purger.h"

#include <filesystem>
#include <future>

#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/patience.h"
#include "tests/support/temp_dir.h"

namespace larder::server {
namespace {

using cache::Purge;
using Kind = Purge::Kind;

// A purger over pages in memory, with its log in a directory that may be missing.
struct Board {
  Board() {
    auto opened = cache::PageStore::open({.memory_bytes = 1 << 20}, clock, counters, [](Level, std::string_view) {});
    REQUIRE(opened);
    store = *std::move(opened);
  }
  void start() {
    list = std::make_unique<cache::PurgeList>();
    purger = std::make_unique<Purger>(
        *store, *list, drive, clock, counters, [](Level, std::string_view) {},
        [this](const std::vector<Purge>& purges) { learnt.push_back(purges.size()); });
  }
  void put(const std::string& key, const std::string& tags = {}) {
    auto page = std::make_shared<cache::Page>();
    page->key = key;
    page->tags = tags;
    page->created = clock.wall();
    page->lifetime = 600;
    store->put(page);
  }
  struct Outcome {
    std::size_t pages;
    bool durable;
  };
  Outcome purge(Purge purge) {
    purge.at = clock.wall();
    auto answer = std::make_shared<std::promise<bool>>();
    const std::size_t pages = purger->purge({std::move(purge)}, [answer](bool durable) { answer->set_value(durable); });
    return {pages, answer->get_future().get()};
  }
  // What a daemon that starts now would know.
  std::vector<Purge> written() const {
    std::vector<Purge> purges;
    (void)PurgeLog::open(drive, purges);
    return purges;
  }

  testing::TempDir directory;
  std::string drive = directory / "stick";
  std::vector<std::size_t> learnt;  // how many purges the log held, each time that it said so
  ManualClock clock;
  Counters counters;
  std::unique_ptr<cache::PageStore> store;
  std::unique_ptr<cache::PurgeList> list;
  std::unique_ptr<Purger> purger;
};

TEST_CASE("a purge takes what it names out of memory, says how many pages those were, and is on the drive") {
  Board board;
  std::filesystem::create_directory(board.drive);
  board.start();
  for (const char* key : {"http://a/1", "http://a/2", "http://a/b/1", "http://a/b/2"}) board.put(key, "t\nu");
  const auto one = board.purge({Kind::key, "http://a/1", true});
  CHECK(one.pages == 1);
  CHECK(one.durable);
  CHECK(board.store->peek("http://a/1") == nullptr);
  CHECK(board.purge({Kind::prefix, "http://a/b/", true}).pages == 2);
  CHECK(board.purge({Kind::tag, "u", false}).pages == 1);
  CHECK_FALSE(board.store->peek("http://a/2")->fresh_at(board.clock.wall()));
  CHECK(board.purge({Kind::all, "", true}).pages == 1);
  CHECK(board.written().size() == 4);
}

TEST_CASE("what an unsafe method has changed is on the drive too, although nobody waits for that") {
  Board board;
  std::filesystem::create_directory(board.drive);
  board.start();
  board.put("http://a/1");
  board.purger->forget({"http://a/1"});
  CHECK(board.store->peek("http://a/1") == nullptr);
  board.purger->stop();
  REQUIRE(board.written().size() == 1);
  CHECK(board.written().front().text == "http://a/1");
}

TEST_CASE("without its drive a purge holds, is not durable, and is written when the drive comes") {
  Board board;
  board.start();
  CHECK_FALSE(board.purger->known());
  board.put("http://a/1");
  CHECK_FALSE(board.purge({Kind::key, "http://a/1", true}).durable);
  CHECK(board.store->peek("http://a/1") == nullptr);
  std::filesystem::create_directory(board.drive);
  CHECK(testing::eventually([&] {
    board.clock.advance(10'000);
    board.purger->expire();
    return board.purger->known() && !board.written().empty();
  }));
  CHECK(board.written().front().text == "http://a/1");
  CHECK(board.purge({Kind::key, "http://a/2", true}).durable);
  CHECK(board.written().size() == 2);
}

TEST_CASE("a purger that starts judges by what the last one wrote") {
  Board board;
  std::filesystem::create_directory(board.drive);
  board.start();
  board.put("http://a/1", "t");
  const auto page = board.store->peek("http://a/1");
  CHECK(board.purge({Kind::tag, "t", true}).durable);
  board.start();
  CHECK(board.purger->known());
  CHECK(board.list->sieve(page) == nullptr);
  CHECK(board.learnt == std::vector<std::size_t>{0, 1});
}

TEST_CASE("a purge that comes late takes what is older, and leaves what was made since") {
  Board board;
  std::filesystem::create_directory(board.drive);
  board.start();
  board.put("http://a/old");
  const Millis made = board.clock.wall();
  board.clock.advance(60'000);
  board.put("http://a/new");
  const auto purge_late = [&](Purge purge) {
    purge.at = made;
    return board.purger->purge({std::move(purge)}, [](bool) {});
  };
  CHECK(purge_late({Kind::key, "http://a/new", true}) == 0);
  CHECK(purge_late({Kind::all, "", true}) == 1);
  CHECK(board.store->peek("http://a/old") == nullptr);
  CHECK(board.store->peek("http://a/new") != nullptr);
}

}  // namespace
}  // namespace larder::server

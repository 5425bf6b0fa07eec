#include "server/polisher.h"

#include "server/content_coding.h"
#include "server/variants.h"
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"

namespace larder::server {
namespace {

using cache::Coding;

struct Fixture {
  ManualClock clock;
  Counters counters;
  std::unique_ptr<cache::PageStore> store = open_store();
  bool idle = true;
  Polisher polisher{*store, counters, [this] { return idle; }};
  std::string text = make_text(20'000);

  std::unique_ptr<cache::PageStore> open_store() {
    auto opened = cache::PageStore::open({.memory_bytes = 4 << 20}, clock, counters, [](Level, std::string_view) {});
    REQUIRE(opened.ok());
    return std::move(*opened);
  }
  static std::string make_text(std::size_t size) {
    std::string text;
    for (unsigned x = 1; text.size() < size; x = x * 1664525U + 1013904223U)
      text += "<li class=\"entry-" + std::to_string(x >> 20) + "\">word</li>";
    return text;
  }
  void put(const std::string& key, std::string body) {
    auto page = std::make_shared<cache::Page>();
    page->key = key;
    page->fields = {{"Content-Type", "text/html"}};
    page->bodies = cache::Bodies(std::move(body));
    page->lifetime = 600;
    compress(*page, counters);
    store->put(page);
  }
  cache::PagePtr ask(const std::string& key, int times = 3) {
    cache::PagePtr page;
    for (int i = 0; i < times; ++i) page = store->find_in_memory(key);
    return page;
  }
};

TEST_CASE_METHOD(Fixture, "A page that is asked for often gets smaller, and says the same") {
  put("a", text);
  const auto before = ask("a");
  polisher.turn();
  const auto after = ask("a");
  REQUIRE(after != before);
  for (const Coding coding : {Coding::brotli, Coding::gzip}) {
    CHECK(after->bodies.in(coding)->size() < before->bodies.in(coding)->size());
    CHECK(decode(coding, *after->bodies.in(coding), 1 << 20) == text);
  }
  CHECK_FALSE(after->bodies.has(Coding::identity));
  CHECK(counters.get(Counter::recompressed) == 1);
  polisher.turn();
  CHECK(ask("a") == after);  // once is enough
}

TEST_CASE_METHOD(Fixture, "A page that nobody asks for, and one that is not compressed, stay as they are") {
  put("rare", text);
  put("small", "hello");
  const auto rare = ask("rare", 1), small = ask("small");
  polisher.turn();
  CHECK(store->find_in_memory("rare") == rare);
  CHECK(store->find_in_memory("small") == small);
  CHECK(counters.get(Counter::recompressed) == 0);
}

TEST_CASE_METHOD(Fixture, "A page that is too large to be polished in time is left alone") {
  put("large", make_text(Polisher::kLargest + 1));
  const auto large = ask("large");
  polisher.turn();
  CHECK(store->find_in_memory("large") == large);
}

TEST_CASE_METHOD(Fixture, "Nothing is polished while there is something else to do") {
  put("a", text);
  const auto page = ask("a");
  idle = false;
  polisher.turn();
  CHECK(store->find_in_memory("a") == page);
  idle = true;
  polisher.turn();
  CHECK(store->find_in_memory("a") != page);
}

TEST_CASE_METHOD(Fixture, "A page that was replaced meanwhile is not brought back") {
  put("a", text);
  ask("a");
  Polisher slow(*store, counters, [this] {
    put("a", make_text(5'000));  // after the polisher chose the old one
    return true;
  });
  slow.turn();
  CHECK(store->find_in_memory("a")->bodies.identity_bytes() < 10'000);
}

}  // namespace
}  // namespace larder::server

#include "cache/purge_list.h"

#include "tests/support/catch.h"

namespace larder::cache {
namespace {

using Kind = Purge::Kind;

std::shared_ptr<Page> page_of(Millis created, const std::string& key = "http://a/b/c",
                              const std::string& tags = "t\nu") {
  auto page = std::make_shared<Page>();
  page->key = key;
  page->tags = tags;
  page->created = created;
  page->lifetime = 600;
  return page;
}

TEST_CASE("A hard purge takes what is older and means it, by key, prefix, tag or all") {
  const Purge purge =
      GENERATE(Purge{Kind::key, "http://a/b/c", true, 5'000}, Purge{Kind::prefix, "http://a/b/", true, 5'000},
               Purge{Kind::tag, "u", true, 5'000}, Purge{Kind::all, "", true, 5'000});
  PurgeList list;
  list.add({purge});
  CHECK(list.sieve(page_of(4'999)) == nullptr);
  const auto newer = page_of(5'001);
  CHECK(list.sieve(newer) == newer);
}

TEST_CASE("What a purge does not mean stays") {
  PurgeList list;
  list.add({{Kind::key, "http://a/b/", true, 5'000},
            {Kind::prefix, "http://a/c", true, 5'000},
            {Kind::tag, "T", true, 5'000}});
  const auto page = page_of(1'000);
  CHECK(list.sieve(page) == page);
}

TEST_CASE("A soft purge ends the freshness of what is older, and no more") {
  PurgeList list;
  list.add({{Kind::tag, "t", false, 11'000}});
  const auto page = page_of(1'000);
  const PagePtr ended = list.sieve(page);
  REQUIRE(ended);
  CHECK(ended->lifetime == 10);
  CHECK_FALSE(ended->fresh_at(11'000));
  CHECK(ended->bodies == page->bodies);
  CHECK(list.sieve(ended) == ended);
}

TEST_CASE("Variants go with their page") {
  PurgeList list;
  list.add({{Kind::key, "http://a/b/c", true, 5'000}});
  CHECK(list.sieve(page_of(1'000, "http://a/b/c\t7\taccept-language=de")) == nullptr);
  CHECK(list.sieve(page_of(1'000, "http://a/b/cd")) != nullptr);
}

TEST_CASE("The latest of several purges counts") {
  PurgeList list;
  list.add({{Kind::key, "http://a/b/c", true, 5'000}, {Kind::key, "http://a/b/c", true, 3'000}});
  CHECK(list.sieve(page_of(4'000)) == nullptr);
}

TEST_CASE("A render that began before its page was purged does not put it, soft or hard") {
  PurgeList list;
  int puts = 0;
  const auto page = page_of(9'000);
  const auto put = [&](std::uint64_t epoch) { return list.put_unless_purged(epoch, *page, [&] { ++puts; }); };
  const auto before = list.epoch();
  CHECK(put(before));
  list.add({{Kind::tag, "t", GENERATE(true, false), 5'000}});
  CHECK_FALSE(put(before));
  CHECK(put(list.epoch()));
  list.add({{Kind::tag, "other", true, 6'000}});
  CHECK(put(list.epoch() - 1));
  CHECK(puts == 3);
}

TEST_CASE("A page rendered after a purge in the same tick of the clock is newer than that, also when only times tell") {
  PurgeList list;
  list.add({{Kind::tag, "t", GENERATE(true, false), 5'000}});
  const auto put = [&](Millis created) {
    const auto page = page_of(created);
    REQUIRE(list.put_unless_purged(list.epoch(), *page, [] {}));
    return page;
  };
  for (const Millis created : {4'995, 5'000}) {
    const auto page = put(created);
    CHECK(page->created == 5'001);
    CHECK(list.sieve(page) == page);
  }
  CHECK(put(5'002)->created == 5'002);
  CHECK(put(4'000)->created == 4'000);  // it came with an Age of a second
  const auto aged = put(4'000);
  CHECK(list.sieve(aged) != aged);
}

TEST_CASE("With too many names everything older is purged, never less") {
  PurgeList list;
  std::vector<Purge> purges;
  for (std::size_t i = 0; i <= PurgeList::kMostPurges; ++i)
    purges.push_back({Kind::key, "http://x/" + std::to_string(i), true, 5'000});
  list.add(purges);
  CHECK(list.sieve(page_of(4'000)) == nullptr);
  CHECK(list.sieve(page_of(4'000, "http://x/0")) == nullptr);
  CHECK(list.sieve(page_of(6'000)) != nullptr);
}

TEST_CASE("One name too many that comes late forgets none of those before it") {
  PurgeList list;
  std::vector<Purge> purges;
  for (std::size_t i = 0; i < PurgeList::kMostPurges; ++i)
    purges.push_back({Kind::key, "http://x/" + std::to_string(i), true, 5'000});
  list.add(purges);
  list.add({{Kind::key, "http://x/late", true, 1'000}});
  CHECK(list.sieve(page_of(4'000, "http://x/0")) == nullptr);
}

}  // namespace
}  // namespace larder::cache

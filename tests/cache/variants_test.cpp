#include "cache/variants.h"

#include "tests/support/catch.h"

namespace larder::cache {
namespace {

using Names = std::vector<std::string>;
const Names kNames = {"accept-language", "origin"};

TEST_CASE("A variant lies under its page's key, the list's generation and the request's values (RFC 9111 4.1)") {
  const ListedVariant first = list_variant(nullptr, "http://a/", kNames, "accept-language=de\torigin", 7, 1'000);
  REQUIRE(is_variant_list(*first.list));
  CHECK(first.list->key == "http://a/");
  CHECK(varies_on(*first.list) == kNames);
  CHECK(first.key == "http://a/\t7\taccept-language=de\torigin");
  CHECK(variant_key(*first.list, "accept-language=de\torigin") == first.key);
  CHECK(primary_key(first.key) == "http://a/");
  CHECK(primary_key("http://a/?b") == "http://a/?b");
}

TEST_CASE("A list grows by what it does not have") {
  const auto first = list_variant(nullptr, "k", kNames, "a", 7, 0);
  CHECK(list_variant(first.list, "k", kNames, "a", 8, 0).list == first.list);
  const auto second = list_variant(first.list, "k", kNames, "b", 8, 0);
  CHECK(second.list != first.list);
  CHECK(second.key == "k\t7\tb");
  CHECK(variant_key(*second.list, "a") == first.key);
}

TEST_CASE("Who varies on other fields than before begins anew, and so does who lost the list") {
  const auto first = list_variant(nullptr, "k", kNames, "a", 7, 0);
  CHECK(list_variant(first.list, "k", {"origin"}, "a", 8, 0).key == "k\t8\ta");
  CHECK(list_variant(nullptr, "k", kNames, "a", 9, 0).key == "k\t9\ta");
  auto page = std::make_shared<Page>();
  page->fields = {{"Vary", "Origin"}};
  CHECK_FALSE(is_variant_list(*page));
  CHECK(list_variant(page, "k", kNames, "a", 10, 0).key == "k\t10\ta");
}

TEST_CASE("A list has room for so many variants; the oldest makes room for one more") {
  PagePtr list;
  for (std::size_t i = 0; i < kMostVariants; ++i) {
    const auto listed = list_variant(list, "k", kNames, std::to_string(i), 7, 0);
    CHECK(listed.dropped.empty());
    list = listed.list;
  }
  const auto more = list_variant(list, "k", kNames, "more", 7, 0);
  CHECK(more.dropped == "k\t7\t0");
  CHECK(list_variant(more.list, "k", kNames, "even more", 7, 0).dropped == "k\t7\t1");
}

}  // namespace
}  // namespace larder::cache

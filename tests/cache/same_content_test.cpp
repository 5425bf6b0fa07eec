#include "cache/same_content.h"

#include "tests/cache/told_page.h"
#include "tests/support/catch.h"

namespace larder::cache {
namespace {

Body text(const char* bytes) { return std::make_shared<const std::string>(bytes); }

std::shared_ptr<Page> page() { return told_page("http://pi/", 5, 100); }

TEST_CASE(
    "A page that was rendered again with the same answer is the same, whenever it was and however long it is fresh") {
  const auto later = told_page("http://pi/", 5, 100, 1'456'705'000'000, 1200);
  CHECK(same_content(*page(), *later));
}

TEST_CASE("Another status, body, field or tag makes another page") {
  auto other = page();
  SECTION("status") { other->status = 404; }
  SECTION("body") { other->bodies = Bodies(std::string("other")); }
  SECTION("field value") { other->fields[0].value = "text/plain"; }
  SECTION("field more") { other->fields.push_back({"X-More", "1"}); }
  SECTION("field less") { other->fields.pop_back(); }
  SECTION("tags") { other->tags = "away"; }
  SECTION("key") { other->key = "http://pi/b"; }
  CHECK_FALSE(same_content(*page(), *other));
  CHECK_FALSE(same_content(*other, *page()));
}

TEST_CASE("Fields that change with every render make no other page") {
  auto a = page(), b = page();
  a->fields.insert(a->fields.begin(), {"Expires", "Mon, 29 Feb 2016 00:10:00 GMT"});
  b->fields.push_back({"x-request-id", "17"});
  b->fields.push_back({"Server-Timing", "php;dur=700"});
  CHECK(same_content(*a, *b));
  b->fields.push_back({"X-Other", "17"});
  CHECK_FALSE(same_content(*a, *b));
}

TEST_CASE("Bodies in several codings are the same when one that both have is") {
  auto a = page(), b = page();
  a->bodies = Bodies(Coding::identity, 10);
  a->bodies.set(Coding::gzip, text("gz"));
  a->bodies.set(Coding::brotli, text("br 5"));
  b->bodies = a->bodies;
  b->bodies.set(Coding::brotli, text("br 11"));
  CHECK(same_content(*a, *b));
  b->bodies.set(Coding::gzip, nullptr);
  CHECK_FALSE(same_content(*a, *b));
}

}  // namespace
}  // namespace larder::cache

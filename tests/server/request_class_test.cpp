#include "server/request_class.h"

#include "tests/server/heads.h"
#include "tests/support/catch.h"

using larder::fastcgi::JobClass;
using namespace larder::server;

namespace {

JobClass class_of(std::string_view target, const std::vector<FieldView>& fields = {}, std::string_view bypass = "") {
  RequestHead head = larder::testing::head_with({});
  for (const FieldView& field : fields) head.fields.add(field);
  const ParsedTarget parsed = parse_target(target, "GET");
  REQUIRE_FALSE(parsed.refusal);
  return request_class(head, parsed.target, bypass);
}

const FieldView kLogin = {"Cookie", "a=b; wordpress_logged_in_0123=editor"};

}  // namespace

TEST_CASE("A page by its plain address is canonical, one with a query or a reason of its own is personal") {
  CHECK(class_of("/article/1") == JobClass::canonical);
  CHECK(class_of("/article/1?page=2") == JobClass::personal);
  CHECK(class_of("/cart/", {}, "path") == JobClass::personal);
  CHECK(class_of("/article/1", {kLogin}, "cookie") == JobClass::personal);
}

TEST_CASE("Who works on the site is an administrator there, with a login and not without") {
  CHECK(class_of("/wp-admin/edit.php?s=word", {kLogin}, "path") == JobClass::administrator);
  CHECK(class_of("/wp-admin/", {}, "path") == JobClass::personal);
  CHECK(class_of("/x/wp-admin/", {kLogin}, "cookie") == JobClass::personal);
}

TEST_CASE("Searches, feeds, xmlrpc and robots come last") {
  for (const char* target :
       {"/?s=word", "/?a=b&s=word", "/feed/", "/category/news/feed/", "/feed/atom/", "/xmlrpc.php"}) {
    INFO(target);
    CHECK(class_of(target) == JobClass::crawl);
  }
  CHECK(class_of("/?sort=up") == JobClass::personal);
  CHECK(class_of("/feedback/") == JobClass::canonical);
  CHECK(class_of("/article/1", {{"User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1)"}}) == JobClass::crawl);
  CHECK(class_of("/article/1", {{"User-Agent", "Mozilla/5.0 (X11; Linux armv7l) Firefox/115.0"}}) ==
        JobClass::canonical);
}

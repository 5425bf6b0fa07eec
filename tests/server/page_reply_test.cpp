#include "server/page_reply.h"

#include "tests/support/catch.h"

namespace larder::server {
namespace {

constexpr Millis kCreated = 1'456'704'000'000;  // Mon, 29 Feb 2016 00:00:00 GMT
const Fields kCommon = {{"Server", "larder"}, {"X-Served-By", "Raspberry Pi 3"}};

cache::PagePtr a_page() {
  auto page = std::make_shared<cache::Page>();
  page->fields = {{"Content-Type", "text/html"}, {"ETag", "\"abc\""}, {"Set-Thing", "x"}};
  page->bodies = cache::Bodies("hello");
  page->created = kCreated;
  page->lifetime = 600;
  return page;
}

RequestHead a_request(std::vector<FieldView> fields = {}) {
  return {.method = "GET", .target = "/", .version = "HTTP/1.1", .fields = std::move(fields)};
}

std::string field(const Reply& reply, std::string_view name) {
  const std::string* value = find_field(reply.fields, name);
  return value != nullptr ? *value : "";
}

TEST_CASE("a hit is prepared once a second and then only handed out") {
  const auto page = a_page();
  const auto first = page_reply(page, PageSource::hit, a_request(), kCommon, kCreated + 5'000);
  const auto same_second = page_reply(page, PageSource::hit, a_request(), kCommon, kCreated + 5'999);
  const auto next_second = page_reply(page, PageSource::hit, a_request(), kCommon, kCreated + 6'000);
  REQUIRE(first.prepared != nullptr);
  CHECK(same_second.prepared == first.prepared);
  CHECK(next_second.prepared != first.prepared);
}

TEST_CASE("what is prepared does not keep the page alive") {
  auto page = a_page();
  const std::weak_ptr<const cache::Page> watch = page;
  const auto reply = page_reply(page, PageSource::hit, a_request(), kCommon, kCreated + 5'000);
  page.reset();
  CHECK(watch.expired());
}

TEST_CASE("a matching validator gets a 304 with the fields that belong there") {
  const auto reply = page_reply(a_page(), PageSource::hit, a_request({{"If-None-Match", "\"x\", W/\"abc\""}}), kCommon,
                                kCreated + 61'000);
  CHECK(reply.status == 304);
  CHECK(field(reply, "ETag") == "\"abc\"");
  CHECK(field(reply, "Age") == "61");
  CHECK(field(reply, "Date") == "Mon, 29 Feb 2016 00:00:00 GMT");
  CHECK(field(reply, "Cache-Status") == "larder; hit; ttl=539");
  CHECK(field(reply, "X-Served-By") == "Raspberry Pi 3");
  CHECK(field(reply, "Content-Type").empty());
  CHECK(field(reply, "Set-Thing").empty());
}

TEST_CASE("another validator gets the page") {
  CHECK(page_reply(a_page(), PageSource::hit, a_request({{"If-None-Match", "\"x\""}}), kCommon, kCreated).status ==
        200);
  CHECK(page_reply(a_page(), PageSource::hit, a_request({{"If-Match", "\"x\""}}), kCommon, kCreated).status == 412);
}

}  // namespace
}  // namespace larder::server

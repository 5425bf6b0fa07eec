#include "cache/validators.h"

#include "tests/support/catch.h"

namespace larder::cache {
namespace {

const std::string kDate = "Mon, 29 Feb 2016 00:00:00 GMT", kOther = "Tue, 01 Mar 2016 00:00:00 GMT";

TEST_CASE("PHP is asked with the validators it gave (RFC 9111 4.3.1)") {
  const Fields both = {{"If-None-Match", "W/\"1\""}, {"If-Modified-Since", kDate}};
  CHECK(validation_conditions({{"ETag", "W/\"1\""}, {"Last-Modified", kDate}}) == both);
  CHECK(validation_conditions({{"Last-Modified", kDate}}) == Fields{both[1]});
  CHECK(validation_conditions({{"Content-Type", "x"}}).empty());
}

TEST_CASE("What is no validator is not sent as one (RFC 9110 8.8)") {
  for (const char* tag : {"", "1", "\"", "W/", "\"a\"b\"", "w/\"1\"", "\"1\" "}) {
    INFO(tag);
    CHECK_FALSE(can_be_validated({{"ETag", tag}}));
  }
  CHECK_FALSE(can_be_validated({{"Last-Modified", "yesterday"}}));
  CHECK(can_be_validated({{"ETag", "\"\""}}));
}

TEST_CASE("PHP is not asked about a tag that it did not give") {
  CHECK_FALSE(can_be_validated({{"ETag", own_entity_tag("hello")}}));
  CHECK(own_entity_tag("hello") != own_entity_tag("hallo"));
}

TEST_CASE("A 304 speaks about what has its validators (RFC 9111 4.3.4)") {
  const Fields stored = {{"ETag", "\"1\""}, {"Last-Modified", kDate}};
  CHECK(confirms({{"ETag", "\"1\""}}, stored));
  CHECK(confirms({{"ETag", "W/\"1\""}}, stored));
  CHECK_FALSE(confirms({{"ETag", "\"2\""}}, stored));
  CHECK_FALSE(confirms({{"ETag", "\"2\""}, {"Last-Modified", kDate}}, stored));
  CHECK(confirms({{"Last-Modified", kDate}}, stored));
  CHECK_FALSE(confirms({{"Last-Modified", kOther}}, stored));
  CHECK(confirms({}, stored));
}

TEST_CASE("What the 304 says takes the place of what was stored (RFC 9111 3.2)") {
  const Fields stored = {{"Content-Type", "text/html"}, {"Cache-Control", "max-age=1"}, {"Link", "a"}, {"X", "1"}};
  const Fields head = updated_head(stored, {{"cache-control", "max-age=9"}, {"Link", "b"}, {"Link", "c"}, {"Y", "2"}});
  CHECK(head == Fields{{"Content-Type", "text/html"},
                       {"X", "1"},
                       {"cache-control", "max-age=9"},
                       {"Link", "b"},
                       {"Link", "c"},
                       {"Y", "2"}});
}

TEST_CASE("What describes the stored bytes stays (RFC 9111 3.2): PHP drops Content-Type, or invents one") {
  const Fields stored = {{"Content-Type", "application/rss+xml"}, {"Content-Encoding", "gzip"}};
  CHECK(updated_head(stored, {}) == stored);
  CHECK(updated_head(stored, {{"Content-Type", "text/html"}, {"Content-Length", "0"}, {"Content-Range", "x"}}) ==
        stored);
}

}  // namespace
}  // namespace larder::cache

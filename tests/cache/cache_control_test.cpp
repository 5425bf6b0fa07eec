#include "cache/cache_control.h"

#include "tests/support/catch.h"

namespace larder::cache {
namespace {

TEST_CASE("Directives compare without case and may have white space around the commas") {
  const auto control = parse_cache_control("Public ,\tMAX-AGE=60,s-MaxAge=120 , Must-Revalidate");
  CHECK(control.is_public);
  CHECK(control.must_revalidate);
  CHECK(control.max_age == 60);
  CHECK(control.s_maxage == 120);
  CHECK_FALSE(control.no_store);
}

TEST_CASE("no-cache and private without field names are about the whole response (RFC 9111 5.2.2.4, 5.2.2.7)") {
  CHECK(parse_cache_control("no-cache").no_cache);
  CHECK(parse_cache_control("private").is_private);
  CHECK(parse_cache_control("no-cache=\"\"").no_cache);
  CHECK(parse_cache_control("private=\"a=b\"").is_private);
}

TEST_CASE("no-cache and private with field names are about those fields (RFC 9111 5.2.2.4, 5.2.2.7)") {
  const auto control = parse_cache_control("no-cache=\"Set-Cookie, X-A\", private=\"X-B\", no-cache=X-C");
  CHECK_FALSE(control.no_cache);
  CHECK_FALSE(control.is_private);
  CHECK(control.withheld == std::vector<std::string>{"Set-Cookie", "X-A", "X-B", "X-C"});
  CHECK(parse_cache_control("no-cache=X-A, no-cache").no_cache);
}

TEST_CASE("Every flag of RFC 9111 5.2 and of RFC 8246 is known") {
  const auto control = parse_cache_control(
      "no-store, public, must-revalidate, proxy-revalidate, must-understand, immutable, no-transform, only-if-cached");
  CHECK(control.no_store);
  CHECK(control.is_public);
  CHECK(control.must_revalidate);
  CHECK(control.proxy_revalidate);
  CHECK(control.must_understand);
  CHECK(control.immutable);
  CHECK(control.no_transform);
  CHECK(control.only_if_cached);
  CHECK(parse_cache_control("no-store=\"yes\"").no_store);
}

TEST_CASE("Stale times of RFC 5861 and the wishes of a request are seconds (RFC 9111 5.2.1)") {
  const auto control =
      parse_cache_control("stale-while-revalidate=30, stale-if-error=60, min-fresh=5, max-stale=7, max-age=9");
  CHECK(control.stale_while_revalidate == 30);
  CHECK(control.stale_if_error == 60);
  CHECK(control.min_fresh == 5);
  CHECK(control.max_stale == 7);
  CHECK(control.max_age == 9);
}

TEST_CASE("max-stale without a value is any time, with a bad one none (RFC 9111 5.2.1.2)") {
  CHECK(parse_cache_control("max-stale").max_stale == kLongestDelta);
  CHECK(parse_cache_control("max-stale=x").max_stale == 0);
}

TEST_CASE("Pragma: no-cache counts in a request without Cache-Control (RFC 9111 5.4)") {
  CHECK(request_control("", "no-cache").no_cache);
  CHECK(request_control("", "foo=1, No-Cache").no_cache);
  CHECK_FALSE(request_control("max-age=10", "no-cache").no_cache);
  CHECK(request_control("no-cache", "").no_cache);
  CHECK_FALSE(request_control("", "").no_cache);
}

TEST_CASE("A directive inside a quoted string is not a directive") {
  const auto control = parse_cache_control(R"(ext="no-store, private", x="\", no-cache", max-age=5)");
  CHECK_FALSE(control.no_store);
  CHECK_FALSE(control.is_private);
  CHECK_FALSE(control.no_cache);
  CHECK(control.max_age == 5);
}

TEST_CASE("A part of a name is not the name") {
  const auto control = parse_cache_control("xno-store, no-storex, not-private, max-agex=3, no_store");
  CHECK_FALSE(control.no_store);
  CHECK_FALSE(control.is_private);
  CHECK_FALSE(control.max_age);
}

TEST_CASE("Of a repeated directive the first counts") {
  CHECK(parse_cache_control("max-age=10, max-age=20").max_age == 10);
}

TEST_CASE("A number may be quoted") { CHECK(parse_cache_control("max-age=\"30\"").max_age == 30); }

TEST_CASE("A lifetime that is no number counts as none at all") {
  const std::string text = GENERATE("max-age", "max-age=", "max-age=x", "max-age=-1", "max-age=1.5", "max-age= 10",
                                    "max-age =10", "max-age=1 0", "max-age=\"", "max-age=10;x", "max-age='10'");
  INFO(text);
  CHECK(parse_cache_control(text).max_age == 0);
}

TEST_CASE("Delta-seconds saturate") {
  CHECK(parse_delta_seconds("2147483647") == 2147483647);
  CHECK(parse_delta_seconds("2147483648") == 2147483648);
  CHECK(parse_delta_seconds("2147483649") == 2147483648);
  CHECK(parse_delta_seconds("99999999999999999999999999999999") == 2147483648);
  CHECK(parse_delta_seconds("007") == 7);
  CHECK_FALSE(parse_delta_seconds(""));
  CHECK_FALSE(parse_delta_seconds("+1"));
}

TEST_CASE("Garbage is skipped up to the next comma") {
  const auto control = parse_cache_control(",,;=\"a,b\" , no-store junk, =5, ?, @, max-age=3");
  CHECK(control.no_store);
  CHECK(control.max_age == 3);
}

TEST_CASE("A quoted string that is never closed ends with the field") {
  const auto control = parse_cache_control("a=\"b, no-store");
  CHECK_FALSE(control.no_store);
  CHECK(parse_cache_control("no-store, a=\"b\\").no_store);
}

}  // namespace
}  // namespace larder::cache

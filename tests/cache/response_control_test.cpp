#include "cache/response_control.h"

#include "tests/support/catch.h"

namespace larder::cache {
namespace {

CacheControl targeted(const std::string& value) {
  return response_control({{"Cache-Control", "private"}, {"CDN-Cache-Control", value}}).directives;
}

TEST_CASE("The field that is meant for this cache is read alone (RFC 9213 2.1)") {
  const auto control = response_control(
      {{"Cache-Control", "no-store"}, {"Surrogate-Control", "max-age=1"}, {"cdn-cache-control", "max-age=60"}});
  CHECK(control.source == "CDN-Cache-Control");
  CHECK(control.directives.max_age == 60);
  CHECK_FALSE(control.directives.no_store);
  CHECK_FALSE(control.expires_counts);
}

TEST_CASE("Its directives have the types of structured fields (RFC 9213 2.1)") {
  CHECK(targeted("max-age=60, stale-while-revalidate=5, stale-if-error=6").stale_if_error == 6);
  CHECK(targeted("max-age=60;foo=bar").max_age == 60);
  CHECK(targeted("no-store").no_store);
  CHECK_FALSE(targeted("no-store=?0, max-age=1").no_store);
  CHECK_FALSE(targeted("max-age=\"60\", public").max_age);
  CHECK_FALSE(targeted("max-age=-1, public").max_age);
  CHECK_FALSE(targeted("max-age=1.5, public").max_age);
  CHECK(targeted("max-age=1, max-age=2").max_age == 2);
  CHECK(targeted("max-age=999999999999999").max_age == kLongestDelta);
  CHECK(targeted("private=\"X\"").is_private);
}

TEST_CASE("A targeted field that is empty or malformed is not there (RFC 9213 2.1)") {
  const std::string value = GENERATE("", "  ", "max-age=60,", "MAX-AGE=60", "max-age==60", "&");
  INFO(value);
  CHECK(response_control({{"CDN-Cache-Control", value}, {"Cache-Control", "max-age=7"}}).source == "Cache-Control");
}

TEST_CASE("Surrogate-Control may say fresh and stale time in one") {
  const auto control =
      response_control({{"Surrogate-Control", "content=\"ESI/1.0\", max-age=3600+600"}, {"Cache-Control", "no-store"}});
  CHECK(control.source == "Surrogate-Control");
  CHECK(control.directives.max_age == 3600);
  CHECK(control.directives.stale_while_revalidate == 600);
  CHECK(response_control({{"Surrogate-Control", "no-store"}}).directives.no_store);
}

TEST_CASE("Without any of them nothing is said, and Expires counts") {
  CHECK(response_control({{"Expires", "0"}}).source.empty());
  CHECK(response_control({}).expires_counts);
  CHECK(response_control({{"Cache-Control", "max-age=1"}, {"Cache-Control", "public"}}).directives.is_public);
}

TEST_CASE("Only the fields for caches like this one are kept from clients") {
  CHECK(is_for_this_cache_only("cdn-cache-control"));
  CHECK(is_for_this_cache_only("Surrogate-Control"));
  CHECK_FALSE(is_for_this_cache_only("Cache-Control"));
}

}  // namespace
}  // namespace larder::cache

#include "cache/freshness.h"

#include "base/http_date.h"
#include "tests/support/catch.h"

namespace larder::cache {
namespace {

constexpr Millis kNow = 1'456'704'000'000;
const FreshnessPolicy kPolicy{.default_ttl = 600, .short_ttl = 30};

StoreDecision decide_status(int status, const Fields& fields, const FreshnessPolicy& policy = kPolicy) {
  return decide({.status = status, .fields = fields, .now = kNow}, policy);
}
StoreDecision decide_200(const Fields& fields) { return decide_status(200, fields); }
StoreDecision with_control(const std::string& value) { return decide_200({{"Cache-Control", value}}); }
std::string date(std::int64_t seconds_from_now) { return format_http_date(kNow / 1000 + seconds_from_now); }

TEST_CASE("A page that declares nothing is fresh for the default time") {
  const auto decision = decide_200({{"Content-Type", "text/html"}});
  CHECK(decision.storable);
  CHECK(decision.reason.empty());
  CHECK(decision.lifetime == 600);
  CHECK(decision.created == kNow);
}

TEST_CASE("What forbids storing says why") {
  CHECK(with_control("no-store").reason == "no-store");
  CHECK(with_control("private, max-age=60").reason == "private");
  CHECK(with_control("no-cache").reason == "no-cache");
  CHECK(decide_200({{"set-cookie", "a=b"}, {"Cache-Control", "max-age=60"}}).reason == "set-cookie");
  CHECK(decide_200({{"Content-Encoding", "zstd"}}).reason == "encoded");
  CHECK_FALSE(with_control("no-store").storable);
}

TEST_CASE("What varies is stored, but not what varies on everything (RFC 9111 4.1)") {
  CHECK(decide_200({{"Vary", "Accept-Encoding, Accept-Language"}}).storable);
  CHECK(decide_200({{"Vary", "*"}}).reason == "vary");
  CHECK(decide_200({{"Vary", "Origin"}, {"Vary", "X, *"}}).reason == "vary");
}

TEST_CASE("Any final status is stored when it declares how long it is fresh (RFC 9111 3), but no part and no 304") {
  const Fields declared = {{"Cache-Control", "max-age=60"}};
  for (const int status : {200, 201, 203, 204, 300, 301, 302, 303, 307, 308, 400, 404, 410, 500, 501, 503, 599})
    CHECK(decide_status(status, declared).storable);
  for (const int status : {100, 103, 199, 206, 304, 600}) CHECK(decide_status(status, declared).reason == "status");
}

TEST_CASE("must-understand takes the place of no-store where the status is understood (RFC 9111 5.2.2.3)") {
  const Fields fields = {{"Cache-Control", "no-store, must-understand, max-age=60"}};
  CHECK(decide_status(200, fields).storable);
  CHECK(decide_status(404, fields).storable);
  CHECK(decide_status(599, fields).reason == "status");
  CHECK(decide_status(599, {{"Cache-Control", "must-understand, max-age=60"}}).reason == "status");
}

TEST_CASE("Redirects and pages not found that declare nothing are fresh for the short time (RFC 9110 15.1)") {
  for (const int status : {301, 302, 307, 308, 404, 410}) CHECK(decide_status(status, {}).lifetime == 30);
  CHECK(decide_status(203, {}).lifetime == 600);
  for (const int status : {201, 300, 303, 400, 403, 500, 502, 503})
    CHECK(decide_status(status, {}).reason == "no-lifetime");
}

TEST_CASE("Without a default nothing undeclared is stored") {
  const FreshnessPolicy off{.default_ttl = std::nullopt, .short_ttl = 30};
  CHECK(decide_status(200, {}, off).reason == "no-lifetime");
  CHECK(decide_status(404, {}, off).reason == "no-lifetime");
  CHECK(decide_status(200, {{"Cache-Control", "max-age=5"}}, off).lifetime == 5);
}

TEST_CASE("A page that says when it was changed is fresh for a tenth of the time since (RFC 9111 4.2.2)") {
  const auto changed = [](std::int64_t seconds_ago) {
    return decide_200({{"Last-Modified", date(-seconds_ago)}}).lifetime;
  };
  CHECK(changed(2'000) == 200);
  CHECK(changed(1'000'000) == 600);  // never longer than the default
  CHECK(changed(10) == 30);          // nor shorter than the short time
  CHECK(changed(-100) == 30);
  CHECK(decide_200({{"Last-Modified", "long ago"}}).lifetime == 600);
  CHECK(decide_200({{"Last-Modified", date(-2'000)}, {"Cache-Control", "max-age=7"}}).lifetime == 7);
}

TEST_CASE("s-maxage goes before max-age, max-age before Expires") {
  const Fields fields = {{"Expires", date(50)}, {"Cache-Control", "max-age=60"}, {"Cache-Control", "s-maxage=70"}};
  CHECK(decide_200(fields).lifetime == 70);
  CHECK(decide_200({fields[0], fields[1]}).lifetime == 60);
  CHECK(decide_200({fields[0]}).lifetime == 50);
}

TEST_CASE("Expires counts from Date, else from now") {
  CHECK(decide_200({{"Expires", date(50)}, {"Date", date(-10)}}).lifetime == 60);
  CHECK(decide_200({{"Expires", date(50)}, {"Date", "yesterday"}}).lifetime == 50);
}

TEST_CASE("An explicit end of freshness wins over the default") {
  CHECK(with_control("max-age=0").reason == "expired");
  CHECK(with_control("s-maxage=0, max-age=60").reason == "expired");
  CHECK(decide_200({{"Expires", date(0)}, {"Date", date(0)}}).reason == "expired");
  CHECK(decide_200({{"Expires", date(-100)}}).reason == "expired");
  CHECK(decide_200({{"Expires", "0"}}).reason == "expired");
  CHECK(decide_200({{"Expires", ""}}).reason == "expired");
  CHECK(with_control("max-age=soon").reason == "expired");
}

TEST_CASE("The age a response comes with is part of its age (RFC 9111 4.2.3)") {
  const auto decision = decide_200({{"Age", "20"}, {"Cache-Control", "max-age=60"}});
  CHECK(decision.lifetime == 60);
  CHECK(decision.created == kNow - 20'000);
  CHECK(decide_200({{"Age", "60"}, {"Cache-Control", "max-age=60"}}).reason == "expired");
  CHECK(decide_200({{"Age", "99999999999999999999"}}).reason == "expired");
  CHECK(decide_200({{"Age", "-1"}}).created == kNow);
}

TEST_CASE("A Date in the past and the time PHP took are part of the age (RFC 9111 4.2.3)") {
  const Fields fields = {{"Date", date(-30)}, {"Age", "10"}, {"Cache-Control", "max-age=60"}};
  CHECK(decide({.fields = fields, .now = kNow, .delay = 700}, kPolicy).created == kNow - 30'000);
  const Fields aged = {{"Age", "10"}, {"Cache-Control", "max-age=60"}};
  CHECK(decide({.fields = aged, .now = kNow, .delay = 700}, kPolicy).created == kNow - 10'700);
  const Fields future = {{"Date", date(30)}, {"Cache-Control", "max-age=60"}};
  CHECK(decide({.fields = future, .now = kNow, .delay = -5}, kPolicy).created == kNow);
}

TEST_CASE("A response to a request with Authorization needs leave to be stored (RFC 9111 3.5)") {
  const auto decide_authorized = [](const std::string& control) {
    const Fields fields = {{"Cache-Control", control}};
    return decide({.fields = fields, .now = kNow, .authorized = true}, kPolicy);
  };
  CHECK(decide_authorized("max-age=60").reason == "authorization");
  CHECK(decide_authorized("public, max-age=60").storable);
  CHECK(decide_authorized("s-maxage=60").storable);
  CHECK(decide_authorized("must-revalidate, max-age=60").storable);
  CHECK(decide_authorized("public, no-store").reason == "no-store");
}

TEST_CASE("A request with no-store leaves nothing behind (RFC 9111 5.2.1.5)") {
  const Fields fields = {{"Cache-Control", "max-age=60"}};
  CHECK(decide({.fields = fields, .now = kNow, .request_no_store = true}, kPolicy).reason == "request-no-store");
}

TEST_CASE("What has to be asked about each time is stored when there is something to ask with (RFC 9111 5.2.2.4)") {
  const auto decision = decide_200({{"Cache-Control", "no-cache, max-age=60"}, {"ETag", "\"1\""}});
  CHECK(decision.storable);
  CHECK(decision.lifetime == 0);
  CHECK(decide_200({{"Cache-Control", "max-age=0"}, {"Last-Modified", date(-5)}}).storable);
  CHECK(decide_200({{"Cache-Control", "max-age=0"}, {"ETag", "unquoted"}}).reason == "expired");
  CHECK(decide_200({{"Cache-Control", "max-age=0, stale-while-revalidate=5"}}).storable);
  CHECK(decide_200({{"Cache-Control", "no-cache, stale-while-revalidate=5"}}).reason == "no-cache");
}

TEST_CASE("Fields named by no-cache and private are not kept, the rest is (RFC 9111 5.2.2.4, 5.2.2.7)") {
  const auto decision =
      decide_200({{"Set-Cookie", "a=b"}, {"Cache-Control", "max-age=60, no-cache=\"set-cookie\", private=X-User"}});
  CHECK(decision.storable);
  CHECK(decision.withheld == std::vector<std::string>{"set-cookie", "X-User"});
}

TEST_CASE("CDN-Cache-Control goes before Cache-Control and Expires (RFC 9213 2.1)") {
  CHECK(decide_200({{"Cache-Control", "no-store"}, {"CDN-Cache-Control", "max-age=60"}}).lifetime == 60);
  CHECK(decide_200({{"Cache-Control", "max-age=60"}, {"CDN-Cache-Control", "no-store"}}).reason == "no-store");
  CHECK(decide_200({{"Expires", date(50)}, {"CDN-Cache-Control", "public"}}).lifetime == 600);
}

TEST_CASE("What WordPress sends to those who are logged in is not stored") {
  CHECK(decide_200({{"Expires", "Wed, 11 Jan 1984 05:00:00 GMT"},
                    {"Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private"}})
            .reason == "no-store");
  CHECK(decide_status(404, {{"Expires", "Wed, 11 Jan 1984 05:00:00 GMT"},
                            {"Cache-Control", "no-cache, must-revalidate, max-age=0"}})
            .reason == "no-cache");
}

}  // namespace
}  // namespace larder::cache

#include "cache/freshness.h"

#include "base/http_date.h"
#include "tests/support/catch.h"

namespace larder::cache {
namespace {

constexpr Millis kNow = 1'456'704'000'000;
const FreshnessPolicy kPolicy{.default_ttl = 600, .short_ttl = 30};

StoreDecision decide_200(const Fields& fields) { return decide(200, fields, kPolicy, kNow); }
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
  CHECK(with_control("no-cache=\"X\", max-age=60").reason == "no-cache");
  CHECK(decide_200({{"set-cookie", "a=b"}, {"Cache-Control", "max-age=60"}}).reason == "set-cookie");
  CHECK(decide_200({{"Content-Encoding", "gzip"}}).reason == "encoded");
  CHECK(decide(500, {{"Cache-Control", "max-age=60"}}, kPolicy, kNow).reason == "status");
  CHECK_FALSE(with_control("no-store").storable);
}

TEST_CASE("Only Accept-Encoding may be varied on") {
  CHECK(decide_200({{"Vary", "Accept-Encoding"}}).storable);
  CHECK(decide_200({{"Vary", "accept-encoding, ACCEPT-ENCODING"}, {"Vary", ""}}).storable);
  CHECK(decide_200({{"Vary", "Accept-Encoding"}, {"Vary", "Cookie"}}).reason == "vary");
  CHECK(decide_200({{"Vary", "*"}}).reason == "vary");
  CHECK(decide_200({{"Vary", "Accept-Encoding, Origin"}}).reason == "vary");
}

TEST_CASE("Only statuses that are cacheable by default are stored") {
  const Fields declared = {{"Cache-Control", "max-age=60"}};
  for (const int status : {200, 203, 300, 301, 302, 307, 308, 404, 410})
    CHECK(decide(status, declared, kPolicy, kNow).storable);
  for (const int status : {100, 201, 204, 206, 303, 304, 400, 401, 403, 405, 414, 500, 501, 502, 503})
    CHECK(decide(status, declared, kPolicy, kNow).reason == "status");
}

TEST_CASE("Redirects and pages not found that declare nothing are fresh for the short time") {
  for (const int status : {301, 302, 307, 308, 404, 410}) CHECK(decide(status, {}, kPolicy, kNow).lifetime == 30);
  CHECK(decide(203, {}, kPolicy, kNow).lifetime == 600);
  CHECK(decide(300, {}, kPolicy, kNow).reason == "no-lifetime");
}

TEST_CASE("Without a default nothing undeclared is stored") {
  const FreshnessPolicy off{.default_ttl = std::nullopt, .short_ttl = 30};
  CHECK(decide(200, {}, off, kNow).reason == "no-lifetime");
  CHECK(decide(404, {}, off, kNow).reason == "no-lifetime");
  CHECK(decide(200, {{"Cache-Control", "max-age=5"}}, off, kNow).lifetime == 5);
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

TEST_CASE("The age a response comes with is part of its age") {
  const auto decision = decide_200({{"Age", "20"}, {"Cache-Control", "max-age=60"}});
  CHECK(decision.lifetime == 60);
  CHECK(decision.created == kNow - 20'000);
  CHECK(decide_200({{"Age", "60"}, {"Cache-Control", "max-age=60"}}).reason == "expired");
  CHECK(decide_200({{"Age", "99999999999999999999"}}).reason == "expired");
  CHECK(decide_200({{"Age", "-1"}}).created == kNow);
}

TEST_CASE("A response to a request with Authorization needs leave to be stored") {
  const auto decide_authorized = [](const std::string& control) {
    return decide(200, {{"Cache-Control", control}}, kPolicy, kNow, true);
  };
  CHECK(decide_authorized("max-age=60").reason == "authorization");
  CHECK(decide_authorized("public, max-age=60").storable);
  CHECK(decide_authorized("s-maxage=60").storable);
  CHECK(decide_authorized("must-revalidate, max-age=60").storable);
  CHECK(decide_authorized("public, no-store").reason == "no-store");
}

TEST_CASE("What WordPress sends to those who are logged in is not stored") {
  CHECK(decide_200({{"Expires", "Wed, 11 Jan 1984 05:00:00 GMT"},
                    {"Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private"}})
            .reason == "no-store");
  CHECK(
      decide(404,
             {{"Expires", "Wed, 11 Jan 1984 05:00:00 GMT"}, {"Cache-Control", "no-cache, must-revalidate, max-age=0"}},
             kPolicy, kNow)
          .reason == "no-cache");
}

}  // namespace
}  // namespace larder::cache

#include "server/conditional.h"

#include "tests/server/heads.h"
#include "tests/support/catch.h"

using namespace larder::server;
using larder::testing::head_with;

namespace {

constexpr std::string_view kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr std::string_view kThen = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view kAfter = "Sun, 06 Nov 1994 08:49:38 GMT";
const Validators kStrong{"\"abc\"", 784111777};
const Validators kWeak{"W/\"abc\"", 784111777};
const Validators kNone{};

int get(std::initializer_list<FieldView> fields, const Validators& validators = kStrong) {
  return evaluate_conditions(head_with(fields), validators);
}

int post(std::initializer_list<FieldView> fields, const Validators& validators = kStrong) {
  return evaluate_conditions(head_with(fields, "POST"), validators);
}

bool range(std::string_view if_range, const Validators& validators = kStrong) {
  return range_applies(head_with({{"If-Range", if_range}}), validators);
}

}  // namespace

TEST_CASE("A request without conditions goes on") { CHECK(get({}) == 0); }

TEST_CASE("If-None-Match compares weakly: a GET is told 304, a POST 412") {
  for (const auto text :
       {"\"abc\"", "W/\"abc\"", "*", "\"x\", \"abc\"", "\"a,b\",\"abc\"", " , ,W/\"x\",W/\"abc\"", "\"\",\"abc\""}) {
    INFO(text);
    CHECK(get({{"If-None-Match", text}}) == 304);
    CHECK(get({{"If-None-Match", text}}, kWeak) == 304);
    CHECK(evaluate_conditions(head_with({{"If-None-Match", text}}, "HEAD"), kStrong) == 304);
    CHECK(post({{"If-None-Match", text}}) == 412);
  }
}

TEST_CASE("If-None-Match that names other tags, or none, goes on") {
  for (const auto text : {"", "\"ABC\"", "\"abcd\"", "abc", "\"abc", "w/\"abc\"", "x \"abc\"", "W/abc",
                          "\"x\" y, \"abc\"", "W/", "\"x,\"abc\""}) {
    INFO(text);
    CHECK(get({{"If-None-Match", text}}) == 0);
  }
  CHECK(get({{"If-None-Match", "\"\""}}, kNone) == 0);
  CHECK(get({{"If-None-Match", "*"}}, kNone) == 304);
}

TEST_CASE("Several If-None-Match fields are one list") {
  CHECK(get({{"If-None-Match", "\"x\""}, {"if-none-match", "\"abc\""}}) == 304);
}

TEST_CASE("If-Modified-Since is asked only without If-None-Match, and only by GET and HEAD") {
  CHECK(get({{"If-Modified-Since", kThen}}) == 304);
  CHECK(get({{"If-Modified-Since", kAfter}}) == 304);
  CHECK(get({{"If-Modified-Since", kBefore}}) == 0);
  CHECK(get({{"If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT"}}) == 304);
  CHECK(get({{"If-Modified-Since", "Sun Nov  6 08:49:37 1994"}}) == 304);
  CHECK(get({{"If-None-Match", "\"x\""}, {"If-Modified-Since", kThen}}) == 0);
  CHECK(post({{"If-Modified-Since", kThen}}) == 0);
  CHECK(get({{"If-Modified-Since", kThen}}, kNone) == 0);
}

TEST_CASE("Dates that are none, or twice, are ignored") {
  CHECK(get({{"If-Modified-Since", "yesterday"}}) == 0);
  CHECK(get({{"If-Modified-Since", ""}}) == 0);
  CHECK(get({{"If-Modified-Since", kThen}, {"If-Modified-Since", kThen}}) == 0);
  CHECK(get({{"If-Unmodified-Since", "yesterday"}}) == 0);
}

TEST_CASE("If-Match compares strongly") {
  CHECK(get({{"If-Match", "\"abc\""}}) == 0);
  CHECK(get({{"If-Match", "*"}}) == 0);
  CHECK(get({{"If-Match", "\"x\", \"abc\""}}) == 0);
  CHECK(get({{"If-Match", "\"x\""}}) == 412);
  CHECK(get({{"If-Match", "W/\"abc\""}}) == 412);
  CHECK(get({{"If-Match", "\"abc\""}}, kWeak) == 412);
  CHECK(get({{"If-Match", "\"abc\""}}, kNone) == 412);
  CHECK(get({{"If-Match", ""}}) == 412);
  CHECK(post({{"If-Match", "\"x\""}}) == 412);
}

TEST_CASE("If-Unmodified-Since is asked only without If-Match") {
  CHECK(get({{"If-Unmodified-Since", kThen}}) == 0);
  CHECK(get({{"If-Unmodified-Since", kBefore}}) == 412);
  CHECK(get({{"If-Match", "\"abc\""}, {"If-Unmodified-Since", kBefore}}) == 0);
  CHECK(get({{"If-Unmodified-Since", kBefore}}, kNone) == 0);
}

TEST_CASE("The conditions are asked in the order of RFC 9110 13.2.2") {
  CHECK(get({{"If-None-Match", "\"abc\""}, {"If-Match", "\"x\""}}) == 412);
  CHECK(get({{"If-None-Match", "\"abc\""}, {"If-Match", "\"abc\""}}) == 304);
  CHECK(get({{"If-Unmodified-Since", kBefore}, {"If-None-Match", "\"abc\""}}) == 412);
}

TEST_CASE("OPTIONS has no conditions") {
  CHECK(evaluate_conditions(head_with({{"If-None-Match", "*"}}, "OPTIONS"), kStrong) == 0);
}

TEST_CASE("If-Range honours the range for the same strong tag or the very same date") {
  CHECK(range_applies(head_with({}), kStrong));
  CHECK(range("\"abc\""));
  CHECK(range(kThen));
  CHECK_FALSE(range("\"x\""));
  CHECK_FALSE(range("W/\"abc\"", kWeak));
  CHECK_FALSE(range("\"abc\"", kWeak));
  CHECK_FALSE(range(kBefore));
  CHECK_FALSE(range(kAfter));
  CHECK_FALSE(range("garbage"));
  CHECK_FALSE(range(""));
  CHECK_FALSE(range(kThen, kNone));
  CHECK_FALSE(range_applies(head_with({{"If-Range", "\"abc\""}, {"If-Range", "\"abc\""}}), kStrong));
}

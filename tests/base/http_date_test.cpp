#include "base/http_date.h"

#include "tests/support/catch.h"

using namespace larder;

TEST_CASE("A date is written as IMF-fixdate") {
  CHECK(format_http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(format_http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(format_http_date(1456704000) == "Mon, 29 Feb 2016 00:00:00 GMT");
}

TEST_CASE("Dates after January 2038 are written and read on every board") {
  CHECK(format_http_date(4102444800) == "Fri, 01 Jan 2100 00:00:00 GMT");
  CHECK(parse_http_date("Fri, 01 Jan 2100 00:00:00 GMT") == 4102444800);
}

TEST_CASE("All three forms of RFC 9110 are read") {
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777);
  CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == 784111777);
  CHECK(parse_http_date("Sun Nov  6 08:49:37 1994") == 784111777);
  CHECK(parse_http_date("Wed Nov 16 08:49:37 1994") == 784975777);
}

TEST_CASE("Leap days and leap seconds are dates") {
  CHECK(parse_http_date("Mon, 29 Feb 2016 12:00:00 GMT") == 1456747200);
  CHECK(parse_http_date("Thu, 31 Dec 1998 23:59:60 GMT") == 915148800);
}

TEST_CASE("What is written is read back, day by day over two hundred years") {
  for (std::int64_t day = -36524; day < 36525; ++day) {
    const std::int64_t seconds = day * 86400 + (day * 7919 % 86400 + 86400) % 86400;
    REQUIRE(parse_http_date(format_http_date(seconds)) == seconds);
  }
}

TEST_CASE("Anything else is no date") {
  for (const char* text : {"",
                           "0",
                           "-1",
                           "now",
                           "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 06 Nov 1994 08:49 GMT",
                           "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun, 06 nov 1994 08:49:37 GMT",
                           "Sun, 00 Nov 1994 08:49:37 GMT",
                           "Sun, 32 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:00:00 GMT",
                           "Sun, 06 Nov 1994 08:60:37 GMT",
                           "Sun, 06 Nov 1994 08:49:61 GMT",
                           "Sun, 06 Nov 1994 08:49:37 GMT ",
                           "Sun, 06 Nov 19940 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 +0000",
                           "Sun Nov 6 08:49:37 1994",
                           "Sunday, 06-Nov-1994 08:49:37 GMT",
                           "1994-11-06T08:49:37Z"}) {
    INFO(text);
    CHECK_FALSE(parse_http_date(text).has_value());
  }
}

#include "server/byte_range.h"

#include <string>

#include "tests/support/catch.h"

using namespace larder::server;

namespace {

using Ranges = std::vector<ByteRange>;

Ranges ranges(std::string_view field, std::uint64_t size = 100) {
  const RangeSet set = parse_byte_ranges(field, size);
  INFO(field);
  REQUIRE(set.kind == RangeSet::Kind::partial);
  return set.ranges;
}

bool whole(std::string_view field, std::uint64_t size = 100) {
  return parse_byte_ranges(field, size).kind == RangeSet::Kind::whole;
}

bool unsatisfiable(std::string_view field, std::uint64_t size = 100) {
  return parse_byte_ranges(field, size).kind == RangeSet::Kind::unsatisfiable;
}

}  // namespace

TEST_CASE("One range is first to last, from first on, or the last bytes") {
  CHECK(ranges("bytes=0-9") == Ranges{{0, 10}});
  CHECK(ranges("bytes=90-") == Ranges{{90, 10}});
  CHECK(ranges("bytes=-1") == Ranges{{99, 1}});
  CHECK(ranges("BYTES=5-5") == Ranges{{5, 1}});
  CHECK(ranges("bytes= 5-5 ,") == Ranges{{5, 1}});
}

TEST_CASE("A range is cut at the end of the file") {
  CHECK(ranges("bytes=90-1000") == Ranges{{90, 10}});
  CHECK(ranges("bytes=-1000") == Ranges{{0, 100}});
  CHECK(ranges("bytes=0-18446744073709551615") == Ranges{{0, 100}});
  CHECK(ranges("bytes=0-99999999999999999999999") == Ranges{{0, 100}});
  CHECK(ranges("bytes=-99999999999999999999999") == Ranges{{0, 100}});
}

TEST_CASE("Files beyond 4 GiB have ranges too") {
  CHECK(ranges("bytes=4294967296-4294967297", 5'000'000'000) == Ranges{{4'294'967'296, 2}});
}

TEST_CASE("Ranges beyond the end are unsatisfiable, unless others are not") {
  CHECK(unsatisfiable("bytes=100-"));
  CHECK(unsatisfiable("bytes=100-200,300-"));
  CHECK(unsatisfiable("bytes=-0"));
  CHECK(unsatisfiable("bytes=18446744073709551616-"));
  CHECK(ranges("bytes=0-0,100-") == Ranges{{0, 1}});
}

TEST_CASE("Several ranges are kept in order") {
  CHECK(ranges("bytes=0-0, 10-19,\t-5") == Ranges{{0, 1}, {10, 10}, {95, 5}});
  CHECK(ranges("bytes=0-4,5-9") == Ranges{{0, 5}, {5, 5}});
  CHECK(ranges("bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14").size() == kMaxRanges);
}

TEST_CASE("Ranges that only cost get the whole file") {
  CHECK(whole("bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16"));
  CHECK(whole("bytes=0-,0-"));
  CHECK(whole("bytes=0-10,10-20"));
  CHECK(whole("bytes=10-19,0-9"));
  CHECK(whole("bytes=-5,-6"));
  std::string many = "bytes=200-";
  for (int i = 0; i < 1000; ++i) many += ",200-";
  CHECK(whole(many));
}

TEST_CASE("What is no byte range gets the whole file") {
  for (const char* field : {"",           "bytes",       "bytes=",      "bytes=,",       "bytes=-",    "bytes=5",
                            "bytes=a-b",  "bytes=5-4",   "bytes=0-9,x", "bytes=0-9;1-2", "bytes=+1-2", "bytes=1--2",
                            "bytes=--1",  "bytes=0x1-2", "bytes=1 - 2", "bytes 0-9",     "items=0-9",  " bytes=0-9",
                            "bytes =0-9", "bytes=1-2-3", "bytes=1.0-2"}) {
    INFO(field);
    CHECK(whole(field));
  }
}

TEST_CASE("An empty file has no ranges") {
  CHECK(whole("bytes=0-0", 0));
  CHECK(whole("bytes=-1", 0));
  CHECK(whole("bytes=0-", 0));
}

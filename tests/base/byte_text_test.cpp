#include "base/byte_text.h"

#include "tests/support/catch.h"

using namespace larder;

TEST_CASE("sizes are written as on the packet") {
  CHECK(format_bytes(0) == "0 B");
  CHECK(format_bytes(999) == "999 B");
  CHECK(format_bytes(1'000'000'000) == "1.0 GB");
  CHECK(format_bytes(30765219840) == "30.8 GB");
  CHECK(format_bytes(999'970'000'000) == "1.0 TB");
  CHECK(format_bytes(UINT64_MAX) == "18.4 EB");
}

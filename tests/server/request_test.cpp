#include "server/request.h"

#include "tests/server/heads.h"
#include "tests/support/catch.h"

using namespace larder;
using larder::testing::head_with;

TEST_CASE("The first field of a name is found whatever its case") {
  const auto head = head_with({{"Accept", "a"}, {"ACCEPT", "b"}, {"X-Empty", ""}, {"X-Null", {}}});
  CHECK(head.field("accept") == "a");
  CHECK(head.count("aCCept") == 2);
  CHECK(head.count("Accept-Encoding") == 0);
}

TEST_CASE("An empty field differs from a missing one") {
  const auto head = head_with({{"X-Empty", ""}, {"X-Null", {}}});
  CHECK(head.field("x-empty").data() != nullptr);
  CHECK(head.field("x-null").data() != nullptr);
  CHECK(head.field("x-missing").data() == nullptr);
}

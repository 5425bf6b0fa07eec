#include "base/result.h"

#include <memory>

#include "tests/support/catch.h"

using namespace larder;

TEST_CASE("A result is its value or its error") {
  const Result<int> value = 7;
  CHECK(value.ok());
  CHECK(static_cast<bool>(value));
  CHECK(*value == 7);
  const Result<int> error = Error{"no seven today", 5};
  CHECK_FALSE(error.ok());
  CHECK(error.error().message == "no seven today");
  CHECK(error.error().code == 5);
}

TEST_CASE("A result carries what can only be moved") {
  Result<std::unique_ptr<std::string>> result = std::make_unique<std::string>("page");
  CHECK(result->get()->size() == 4);
  const std::unique_ptr<std::string> taken = *std::move(result);
  CHECK(*taken == "page");
}

TEST_CASE("A status is success without a value, or an error") {
  const Status good = Done{}, bad = Error{"bad"};
  CHECK(good.ok());
  CHECK_FALSE(bad.ok());
  CHECK(bad.error().code == 0);
}

TEST_CASE("A system error names the call and keeps its number") {
  const Error error = system_error("open /x", ENOENT);
  CHECK(error.message == "open /x: No such file or directory");
  CHECK(error.code == ENOENT);
  errno = EACCES;
  CHECK(system_error("open /y").code == EACCES);
}

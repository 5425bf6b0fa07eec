// What tests expect of a response: the part that knows Catch.
#include "tests/support/catch.h"
#include "tests/support/http_response.h"

namespace larder::testing {

const Response& Response::expect(int wanted, const char* file, int line) const {
  INFO(story(file, line));
  REQUIRE(status == wanted);
  REQUIRE(failure.empty());
  return *this;
}

const Response& Response::expect_header(std::string_view name, std::string_view contains, const char* file,
                                        int line) const {
  INFO(story(file, line));
  INFO("field " << std::string(name) << " should contain: " << std::string(contains));
  bool found = false;
  for (const std::string& value : headers(name)) found = found || value.find(contains) != std::string::npos;
  REQUIRE(found);
  return *this;
}

const Response& Response::expect_no_header(std::string_view name, const char* file, int line) const {
  INFO(story(file, line));
  INFO("field " << std::string(name) << " should not be there");
  REQUIRE_FALSE(has_header(name));
  return *this;
}

const Response& Response::expect_body(std::string_view contains, const char* file, int line) const {
  INFO(story(file, line));
  INFO("body should contain: " << std::string(contains));
  const bool found = body.find(contains) != std::string::npos;
  REQUIRE(found);
  return *this;
}

const Response& Response::expect_cache(std::string_view state, const char* file, int line) const {
  INFO(story(file, line));
  const std::string wanted = "larder; " + std::string(state);
  INFO("Cache-Status should begin with: " << wanted);
  const std::string value = header("Cache-Status");
  const bool begins = value.starts_with(wanted);
  const bool ends_there = begins && (value.size() == wanted.size() || value[wanted.size()] == ';');
  REQUIRE(ends_there);
  return *this;
}

}  // namespace larder::testing

#include "tests/support/http_response.h"

#include "tests/support/catch.h"

namespace larder::testing {

std::string Response::header(std::string_view name) const {
  const std::string* value = find_field(fields, name);
  return value != nullptr ? *value : "";
}

std::vector<std::string> Response::headers(std::string_view name) const {
  std::vector<std::string> values;
  for (const Field& field : fields)
    if (equals_ignoring_case(field.name, name)) values.push_back(field.value);
  return values;
}

std::string Response::story(const char* file, int line) const {
  std::string text = std::string(file) + ":" + std::to_string(line) + ": " + request + "\n";
  text += status == 0 ? "no answer" : "answered " + std::to_string(status);
  if (!failure.empty()) text += " (" + failure + ")";
  for (const Field& field : fields) text += "\n  " + field.name + ": " + field.value;
  return text + "\n\n" + body.substr(0, 600);
}

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

#include "tests/support/http_response.h"

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

}  // namespace larder::testing

// Field: one line of an HTTP message head, as received (RFC 9110 section 5). Names compare without case.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace larder {

struct Field {
  std::string name, value;
  bool operator==(const Field&) const = default;
};
using Fields = std::vector<Field>;

// ASCII letters only, as RFC 9110 means it; no locale.
constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (ascii_lower(a[i]) != ascii_lower(b[i])) return false;
  return true;
}

// Value of the first field of that name, or nullptr.
inline const std::string* find_field(const Fields& fields, std::string_view name) {
  for (const Field& field : fields)
    if (equals_ignoring_case(field.name, name)) return &field.value;
  return nullptr;
}

}  // namespace larder

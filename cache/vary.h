// Vary: which fields of a request choose among the answers of one page (RFC 9111 section 4.1). Pure.
//
// Accept-Encoding does not count: Larder makes the encodings itself. A page that varies is kept under its key with the
// request's values of those fields behind it (the secondary key); its own key then holds a VaryList, which says what
// to add. Values are compared after normalisation: lines of one field joined, white space around commas and more than
// one blank taken away, languages and media types in lower case.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/field.h"

namespace larder::cache {

struct Vary {
  bool on_everything = false;      // "*": no request is like another
  std::vector<std::string> names;  // in lower case and order, each once; empty: one page for all
  bool operator==(const Vary&) const = default;
};

Vary vary_of(const Fields& response);

// Longer values are told apart by a hash: a key is not for books.
inline constexpr std::size_t kLongestSecondaryKey = 512;

// For secondary_key(): appends what one field line adds to `value`.
void append_normalised(std::string& value, std::string_view name, std::string_view line);
void append_selected(std::string& key, std::string_view name, const std::string* value);
void bound_secondary_key(std::string& key);

// What the request (any range of things with .name and .value) chooses. Empty when `names` is.
template <class RequestFields>
std::string secondary_key(const std::vector<std::string>& names, const RequestFields& request) {
  std::string key;
  for (const std::string& name : names) {
    std::string value;
    bool present = false;
    for (const auto& field : request) {
      if (!equals_ignoring_case(field.name, name)) continue;
      append_normalised(value, name, field.value);
      present = true;
    }
    append_selected(key, name, present ? &value : nullptr);
  }
  bound_secondary_key(key);
  return key;
}

}  // namespace larder::cache

#include "cache/vary.h"

#include <algorithm>
#include <cstdint>

#include "cache/key.h"

namespace larder::cache {
namespace {

constexpr std::string_view kBlanks = " \t";

// Fields whose values compare without case as far as they choose anything (RFC 9110 sections 12.5.1, 12.5.4).
bool ignores_case(std::string_view name) { return name == "accept" || name == "accept-language"; }

void append_words(std::string& value, std::string_view element, bool lower) {
  bool first = true;
  while (!element.empty()) {
    element.remove_prefix(std::min(element.find_first_not_of(kBlanks), element.size()));
    const std::string_view word = element.substr(0, element.find_first_of(kBlanks));
    element.remove_prefix(word.size());
    if (word.empty()) break;
    if (!first) value += ' ';
    first = false;
    for (const char c : word) value += lower ? ascii_lower(c) : c;
  }
}

}  // namespace

Vary vary_of(const Fields& response) {
  Vary vary;
  for (const Field& field : response) {
    if (!equals_ignoring_case(field.name, "Vary")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      rest.remove_prefix(std::min(rest.find_first_not_of(" \t,"), rest.size()));
      std::string name(rest.substr(0, rest.find_first_of(" \t,")));
      rest.remove_prefix(name.size());
      std::transform(name.begin(), name.end(), name.begin(), ascii_lower);
      if (name == "*") vary.on_everything = true;
      if (!name.empty() && name != "*" && name != "accept-encoding") vary.names.push_back(std::move(name));
    }
  }
  std::sort(vary.names.begin(), vary.names.end());
  vary.names.erase(std::unique(vary.names.begin(), vary.names.end()), vary.names.end());
  return vary;
}

void append_normalised(std::string& value, std::string_view name, std::string_view line) {
  while (!line.empty()) {
    const std::string_view element = line.substr(0, line.find(','));
    line.remove_prefix(std::min(line.size(), element.size() + 1));
    const std::size_t size = value.size();
    if (size > 0) value += ',';
    const std::size_t begin = value.size();
    append_words(value, element, ignores_case(name));
    if (value.size() == begin) value.resize(size);  // an empty element says nothing
  }
}

void append_selected(std::string& key, std::string_view name, const std::string* value) {
  if (!key.empty()) key += '\t';
  key.append(name);
  if (value != nullptr) key.append("=").append(*value);
}

void bound_secondary_key(std::string& key) {
  if (key.size() <= kLongestSecondaryKey) return;
  // Two hashes of 64 bits: what somebody can make collide chooses between two pages that are both public.
  key = "#" + hex_of(hash_key(key, 1)) + hex_of(hash_key(key, 2));
}

}  // namespace larder::cache

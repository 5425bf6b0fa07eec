#include "cache/tags.h"

#include <algorithm>

namespace larder::cache {
namespace {

std::string_view separators_of(std::string_view field) {
  if (equals_ignoring_case(field, "Cache-Tag")) return ",";
  if (equals_ignoring_case(field, "Surrogate-Key") || equals_ignoring_case(field, "xkey")) return " \t";
  return {};
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? text.substr(0, 0)
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

void add_tags(std::string& tags, std::string_view list, std::string_view separators) {
  while (!list.empty()) {
    const std::string_view element = list.substr(0, list.find_first_of(separators));
    list.remove_prefix(std::min(list.size(), element.size() + 1));
    const std::string_view tag = trimmed(element);
    if (!tag.empty() && tags.size() + tag.size() < kMostTagBytes && !has_tag(tags, tag)) tags.append(tag).append("\n");
  }
}

}  // namespace

std::string take_tags(Fields& fields) {
  std::string tags;
  std::erase_if(fields, [&](const Field& field) {
    const std::string_view separators = separators_of(field.name);
    if (!separators.empty()) add_tags(tags, field.value, separators);
    return !separators.empty();
  });
  if (!tags.empty()) tags.pop_back();
  return tags;
}

bool has_tag(std::string_view tags, std::string_view tag) {
  while (!tags.empty()) {
    const std::string_view line = tags.substr(0, tags.find('\n'));
    if (line == tag) return true;
    tags.remove_prefix(std::min(tags.size(), line.size() + 1));
  }
  return false;
}

}  // namespace larder::cache

#include "base/glob.h"

#include <algorithm>

namespace larder {

bool glob_match(std::string_view pattern, std::string_view text) {
  // Only the last '*' is ever tried again: whatever an earlier one could still take, the last one can take too.
  constexpr auto kNone = std::string_view::npos;
  std::size_t p = 0, t = 0, star = kNone, star_end = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_end = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != kNone) {
      p = star + 1;
      t = ++star_end;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

GlobSet::GlobSet(const std::vector<std::string>& patterns) {
  for (const std::string& text : patterns) {
    const std::size_t literal = std::min(text.find_first_of("*?"), text.size());
    patterns_.push_back({text, literal});
    for (std::size_t at = 0; at < begins_.size(); ++at)
      if (at < literal || literal == text.size())
        begins_[at].set(character(text, at));
      else
        begins_[at].set();  // a wildcard before or here
  }
}

std::string_view GlobSet::first_name(std::string_view list, char separator) const {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(separator), list.size());
    std::string_view pair = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    // Its first two characters rule most of them out; the name may also end there.
    if (pair.size() > 1 && pair[1] != '=' && !may_match(pair)) continue;
    const std::string_view name = pair.substr(0, pair.find('='));
    if (!name.empty() && matches(name)) return name;
  }
  return {};
}

bool GlobSet::any_matches(std::string_view text) const {
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
    return text.starts_with(std::string_view(pattern.text).substr(0, pattern.literal)) &&
           glob_match(pattern.text, text);
  });
}

}  // namespace larder

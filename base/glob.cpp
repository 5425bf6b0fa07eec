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

GlobSet::GlobSet(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {
  for (const std::string& pattern : patterns_) {
    if (pattern.empty()) {
      first_.set(0);
    } else if (pattern[0] == '*' || pattern[0] == '?') {
      first_.set();
    } else {
      first_.set(static_cast<unsigned char>(pattern[0]));
    }
  }
}

bool GlobSet::any_matches(std::string_view text) const {
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const std::string& pattern) { return glob_match(pattern, text); });
}

}  // namespace larder

// Glob: '*' stands for any run of characters, '?' for exactly one; everything else for itself. Pure.
//
// Takes at most |pattern| x |text| steps whatever the pattern, so a hostile text cannot make it slow.
#pragma once

#include <string_view>

namespace larder {

// True when the pattern matches the whole text. Compares bytes, so case matters.
bool glob_match(std::string_view pattern, std::string_view text);

// True when one of the patterns matches. Most do not by their first character, and this runs on every request.
template <class Patterns>
bool any_glob_matches(const Patterns& patterns, std::string_view text) {
  for (const std::string_view pattern : patterns) {
    const bool may_match =
        pattern.empty() || pattern[0] == '*' || pattern[0] == '?' || (!text.empty() && pattern[0] == text[0]);
    if (may_match && glob_match(pattern, text)) return true;
  }
  return false;
}

}  // namespace larder

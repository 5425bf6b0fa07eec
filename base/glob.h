// Glob: '*' stands for any run of characters, '?' for exactly one; everything else for itself. Pure.
//
// Takes at most |pattern| x |text| steps whatever the pattern, so a hostile text cannot make it slow.
#pragma once

#include <bitset>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace larder {

// True when the pattern matches the whole text. Compares bytes, so case matters.
bool glob_match(std::string_view pattern, std::string_view text);

// Several patterns asked together. Most texts match none of them by their first character, and this runs several times
// for every request.
class GlobSet {
 public:
  GlobSet() = default;
  explicit GlobSet(const std::vector<std::string>& patterns);
  GlobSet(std::initializer_list<const char*> patterns)
      : GlobSet(std::vector<std::string>(patterns.begin(), patterns.end())) {}

  bool matches(std::string_view text) const {
    return first_[text.empty() ? 0 : static_cast<unsigned char>(text[0])] && any_matches(text);
  }

 private:
  bool any_matches(std::string_view text) const;

  struct Pattern {
    std::string text;
    std::size_t literal;  // so many of its first characters stand for themselves
  };

  std::vector<Pattern> patterns_;
  std::bitset<256> first_;  // with which characters a match may begin; 0 stands for the empty text too
};

}  // namespace larder

// Glob: '*' stands for any run of characters, '?' for exactly one; everything else for itself. Pure.
//
// Takes at most |pattern| x |text| steps whatever the pattern, so a hostile text cannot make it slow.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace larder {

// True when the pattern matches the whole text. Compares bytes, so case matters.
bool glob_match(std::string_view pattern, std::string_view text);

// Several patterns asked together. Most texts match none of them by their first two characters (of paths the first is
// always "/"), and this runs several times for every request.
class GlobSet {
 public:
  GlobSet() = default;
  explicit GlobSet(const std::vector<std::string>& patterns);
  GlobSet(std::initializer_list<const char*> patterns)
      : GlobSet(std::vector<std::string>(patterns.begin(), patterns.end())) {}

  bool matches(std::string_view text) const { return may_match(text) && any_matches(text); }

  // The first name in a list of "name=value" that matches; empty: none. Blanks before a name do not count, nor do empty
  // names.
  std::string_view first_name(std::string_view list, char separator) const;
  bool matches_any_name(std::string_view list, char separator) const { return !first_name(list, separator).empty(); }

 private:
  bool may_match(std::string_view text) const {
    return begins_[0][character(text, 0)] && begins_[1][character(text, 1)];
  }
  static unsigned char character(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
  }
  bool any_matches(std::string_view text) const;

  struct Pattern {
    std::string text;
    std::size_t literal;  // so many of its first characters stand for themselves
  };

  std::vector<Pattern> patterns_;
  std::array<std::bitset<256>, 2> begins_;  // which characters a match may have there; 0 stands for the text's end too
};

}  // namespace larder

// StructuredDictionary: a dictionary of structured fields (RFC 9651 section 4.2.2, RFC 8941), as far as cache
// directives need it. Pure.
//
// The whole grammar is checked, because a field with one error in it is no field at all (section 4.2); of the values
// only integers and booleans are kept. Of a key given twice the last counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace larder::cache {

struct DictionaryMember {
  enum class Kind { integer, boolean, other };
  std::string key;
  Kind kind = Kind::other;
  std::int64_t integer = 0;  // of an integer: at most 15 digits; of a boolean: 0 or 1
};
using Dictionary = std::vector<DictionaryMember>;

// nullopt: not a dictionary. Several field lines are joined with commas.
std::optional<Dictionary> parse_dictionary(std::string_view text);

}  // namespace larder::cache

// Glob: '*' stands for any run of characters, '?' for exactly one; everything else for itself. Pure.
//
// Takes at most |pattern| x |text| steps whatever the pattern, so a hostile text cannot make it slow.
#pragma once

#include <string_view>

namespace larder {

// True when the pattern matches the whole text. Compares bytes, so case matters.
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace larder

// Tags: the names by which a purge can call a page, as PHP gives them: Cache-Tag (commas), Surrogate-Key and xkey
// (blanks). They end here: no client gets them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/field.h"

namespace larder::cache {

inline constexpr std::size_t kMostTagBytes = 16 * 1024;  // of one page; what is beyond is not kept

// Takes the fields out, and returns the tags as Page::tags keeps them: one a line, each once.
std::string take_tags(Fields& fields);
bool has_tag(std::string_view tags, std::string_view tag);

}  // namespace larder::cache

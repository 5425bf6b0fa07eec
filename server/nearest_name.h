// NearestName: what somebody who wrote an unknown name probably meant. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace larder::server {

// Optimal string alignment distance: insertions, deletions, replacements, swapped neighbours; letter case ignored.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The known name that is near enough to be meant (at most a third of its letters differ, at least 2 may), the first of
// equally near ones; empty when none is.
std::string_view nearest_name(std::string_view written, const std::vector<std::string_view>& known);

}  // namespace larder::server

// Ows: the optional white space around list elements and field values (RFC 9110 section 5.6.3). Pure.
#pragma once

#include <string_view>

namespace larder::server {

constexpr std::string_view without_ows(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace larder::server

#include "cache/same_content.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace larder::cache {
namespace {

// Expires: its place in the page's freshness has been taken by Page::lifetime.
constexpr std::array<std::string_view, 4> kRestless = {"expires", "server-timing", "x-request-id", "x-runtime"};

bool is_restless(const Field& field) {
  return std::any_of(kRestless.begin(), kRestless.end(),
                     [&](std::string_view name) { return equals_ignoring_case(field.name, name); });
}

bool same_fields(const Fields& a, const Fields& b) {
  auto left = a.begin(), right = b.begin();
  for (;; ++left, ++right) {
    left = std::find_if_not(left, a.end(), is_restless);
    right = std::find_if_not(right, b.end(), is_restless);
    if (left == a.end() || right == b.end()) return left == a.end() && right == b.end();
    if (!(*left == *right)) return false;
  }
}

// One coding will do: another may have been made at another level.
bool same_bodies(const Bodies& a, const Bodies& b) {
  if (a.identity_bytes() != b.identity_bytes() || a.original() != b.original()) return false;
  return std::any_of(kCodings.begin(), kCodings.end(),
                     [&](Coding coding) { return a.has(coding) && b.has(coding) && *a.in(coding) == *b.in(coding); });
}

}  // namespace

bool same_content(const Page& a, const Page& b) {
  return a.key == b.key && a.status == b.status && a.tags == b.tags && same_fields(a.fields, b.fields) &&
         same_bodies(a.bodies, b.bodies);
}

}  // namespace larder::cache

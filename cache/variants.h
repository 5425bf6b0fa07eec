// Variants: the answers of one page that varies with the request (RFC 9111 section 4.1). Pure.
//
// Where a page varies, its own key holds a variant list: a page without a body whose fields say on what it varies, and
// which variants there are. Each variant lies under its variant key: the page's, a tab, the generation of the list and
// the request's values. A list that is made anew has another generation, so that whoever loses the list (a purge, a
// full memory) has lost all variants with it. At most kMostVariants are kept: of one more, the oldest is given up.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cache/page.h"
#include "cache/vary.h"

namespace larder::cache {

inline constexpr std::size_t kMostVariants = 16;

bool is_variant_list(const Page& page);
// The key of the page that this is the key of, or of a variant of.
std::string_view primary_key(std::string_view key);

std::vector<std::string> varies_on(const Page& list);  // names, as vary_of() gives them
std::string variant_key(const Page& list, std::string_view secondary);

struct ListedVariant {
  PagePtr list;         // the list with the variant on it; the old one when it was there already
  std::string key;      // of the variant
  std::string dropped;  // the key that the list has no room for any more; empty: none
};

// Puts a variant on the list that there is (nullptr: none), or on a new one of generation `fresh` when that one varies
// on other fields. `secondary` is what the request chose among `names`.
ListedVariant list_variant(const PagePtr& list, std::string_view primary, const std::vector<std::string>& names,
                           const std::string& secondary, std::uint64_t fresh, Millis now);

}  // namespace larder::cache

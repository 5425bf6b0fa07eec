// Same content: whether a page that was rendered again is the one that there is already. Pure.
#pragma once

#include "cache/page.h"

namespace larder::cache {

// Status, tags, content and fields; not fields that change at every render and tell a client nothing about the page.
// Content that is at hand in no coding that both have counts as another.
bool same_content(const Page& a, const Page& b);

}  // namespace larder::cache

// Variants: makes the codings of a page: what PHP encoded is taken as it came, other text is compressed once, identity
// is made again for those who need it.
//
// Threads: safe from any. Compressing takes milliseconds (content_coding.h) and belongs to the thread that stores the
// page, never to an HTTP loop.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/counters.h"
#include "cache/page.h"
#include "server/content_coding.h"

namespace larder::server {

// Text, and the few other types whose bytes are not compressed already. With or without parameters.
bool is_compressible(std::string_view content_type);

// Makes a body that PHP has encoded (Content-Encoding: gzip or br) the page's only one in that coding, and takes the
// field away. False when the field names another coding, the body is not right in it or has more than `longest` bytes
// decoded, or Cache-Control: no-transform forbids to decode it for those who need that: then the page stays as it is,
// and is good for nobody but those who asked for it so.
bool adopt_encoding(cache::Page& page, std::uint64_t longest);

// Adds brotli and gzip, those that are not there yet, where they make an identity page smaller, and drops identity when
// both are there. Leaves pages
// of other types, small ones, and those that PHP does not want to be changed (Cache-Control: no-transform, or a digest
// of the bytes).
void compress(cache::Page& page, Counters& counters);

// Takes over what was made of the same text the last time, at whatever level, so that a page that was rendered again
// without a change costs nothing here and is the same page to the store. False when `old` (may be null) says another
// thing.
bool reuse(cache::Page& page, const cache::PagePtr& old);

// The same page with identity; nullptr when it cannot be decoded, which a stored page always can.
cache::PagePtr with_identity(const cache::Page& page);

}  // namespace larder::server

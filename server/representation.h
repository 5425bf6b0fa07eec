// Representation: what a page in one of its codings says of itself (RFC 9110 sections 8.4, 8.8.3.3, 12.5.5). Pure.
#pragma once

#include <string>

#include "base/field.h"
#include "cache/page.h"

namespace larder::server {

// The page's entity tag in that coding; empty when it has none. A strong tag is PHP's own in the coding in which PHP
// gave the page, and has "-br", "-gz" or "-id" at its end in the others; a weak one stands for all of them.
std::string entity_tag(const cache::Page& page, cache::Coding coding);

// The page's fields with that tag, Content-Encoding, and, where there is more than one coding, Vary: Accept-Encoding,
// merged with a Vary of PHP's.
Fields representation_fields(const cache::Page& page, cache::Coding coding);

}  // namespace larder::server

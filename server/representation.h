// Representation: what a page in one of its codings says of itself (RFC 9110 sections 8.4, 8.8.3.3, 12.5.5). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/field.h"
#include "cache/encoding.h"
#include "cache/page.h"
#include "server/request.h"

namespace larder::server {

// What the client takes, by its Accept-Encoding.
cache::AcceptedCodings accepted_codings(const RequestHead& head);

// A strong tag has "-br", "-gz" or "-id" at its end in other codings than the `original` one; a weak one stands for
// all.
std::string tag_in(std::string tag, cache::Coding original, cache::Coding coding);

// What the request's conditions say of a content that has a tag in each coding: 0 (none holds it up), 304 or 412, and
// the coding whose tag is to be told. The tags of all codings that the client takes are the content's own; what it has
// already is said with its tag. `chosen`: the coding in which it would get it.
struct Condition {
  int status;
  cache::Coding coding;
};
Condition evaluate_conditions(const RequestHead& head, const cache::AcceptedCodings& accepted, cache::Coding chosen,
                              const std::string& tag, cache::Coding original,
                              std::optional<std::int64_t> last_modified);

// The page's entity tag in that coding, by tag_in(); empty when it has none.
std::string entity_tag(const cache::Page& page, cache::Coding coding);

// Adds Accept-Encoding to a Vary that may be there.
void vary_by_coding(Fields& fields);

// The page's fields with that tag, Content-Encoding, and, where there is more than one coding, Vary: Accept-Encoding,
// merged with a Vary of PHP's.
Fields representation_fields(const cache::Page& page, cache::Coding coding);

}  // namespace larder::server

// Validators: asking PHP whether a stored page is still what it would send, and what its 304 changes (RFC 9111 sections
// 3.2 and 4.3). Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/field.h"
#include "cache/page.h"

namespace larder::cache {

// The response has an entity tag or a date that PHP can be asked about.
bool can_be_validated(const Fields& response);

// A tag for a page that has none, made of its bytes. PHP is never asked about one of these.
std::string own_entity_tag(std::string_view body);

// The conditions for a request to PHP (section 4.3.1): If-None-Match, If-Modified-Since; empty: there is nothing to ask
// about.
Fields validation_conditions(const Fields& stored);

// A 304 with these fields speaks about the stored response (section 4.3.4): its validators are the stored one's, or it
// has none.
bool confirms(const Fields& not_modified, const Fields& stored);

// The stored head after a 304 (section 3.2): what the 304 says takes the place of what was there, except for the fields
// that describe the stored bytes.
Fields updated_head(const Fields& stored, const Fields& not_modified);

}  // namespace larder::cache

// Conditional requests: RFC 9110 section 13.2.2, in its order. Pure; used for files and for cached pages.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/request.h"

namespace larder::server {

struct Validators {
  std::string_view etag;                      // with quotes, W/ if weak; empty: none
  std::optional<std::int64_t> last_modified;  // seconds since 1970
};

// 0: go on as if the request had no condition; else 304 or 412.
int evaluate_conditions(const RequestHead&, const Validators&);
// RFC 9110 13.1.5: may the Range field be honoured?
bool range_applies(const RequestHead&, const Validators&);

}  // namespace larder::server

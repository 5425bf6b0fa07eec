// Params: a request's name/value pairs as PARAMS records (FastCGI 1.0, sections 3.4 and 5.2). Pure.
#pragma once

#include <string>

#include "base/result.h"
#include "fastcgi/job.h"

namespace larder::fastcgi {

// Appends as few records as hold the pairs, in order, and the empty record that ends them. No pair straddles two
// records (PHP resets the connection then), so one that needs more than kMaxRecordContent bytes is an error.
Status append_params(std::string& to, const Params&);

}  // namespace larder::fastcgi

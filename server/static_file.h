// StaticFile: what to answer for a file of the site: validators, conditional requests, ranges. Pure:
// the caller has opened the file. RFC 9110 sections 8.8 (validators), 13 (conditional requests), 14 (ranges).
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/field.h"
#include "server/range_answer.h"
#include "server/request.h"

namespace larder::server {

// The fields are Content-Type, ETag, Last-Modified, Accept-Ranges, Content-Range ...; no length. Beside the statuses of
// a RangeAnswer 304 and 412, without ranges.
using FileAnswer = RangeAnswer;

FileAnswer answer_file(std::string_view name, const struct stat&, const RequestHead&);

}  // namespace larder::server

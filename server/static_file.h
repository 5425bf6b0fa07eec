// StaticFile: what to answer for a file of the site: validators, conditional requests, ranges. Pure:
// the caller has opened the file. RFC 9110 sections 8.8 (validators), 13 (conditional requests), 14 (ranges).
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/field.h"
#include "server/byte_range.h"
#include "server/request.h"

namespace larder::server {

struct FileAnswer {
  int status = 200;                // 200, 206, 304, 412, 416
  Fields fields;                   // Content-Type, ETag, Last-Modified, Accept-Ranges, Content-Range ...; no length
  std::vector<ByteRange> ranges;   // what to send, in order; one for 200; empty for 304, 412, 416
  std::vector<std::string> parts;  // multipart/byteranges: text before each range, and after the last; else empty
};

// At most 8 ranges, not overlapping; more, or an inverted order that only a hostile client sends, get the whole file.
// A Range field is for GET alone; a HEAD gets the fields of the whole file.
FileAnswer answer_file(std::string_view name, const struct stat&, const RequestHead&);

}  // namespace larder::server

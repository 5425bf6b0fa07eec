// RangeAnswer: which bytes of a representation a request asks for, and the fields that say so (RFC 9110 sections 14 and
// 15.3.7). Pure; for files and for stored pages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/field.h"
#include "server/byte_range.h"
#include "server/conditional.h"
#include "server/request.h"

namespace larder::server {

struct RangeAnswer {
  int status = 200;                // 200, 206, 416
  Fields fields;                   // Content-Type (of the multipart, if it is one), Content-Range
  std::vector<ByteRange> ranges;   // what to send, in order; one for 200; empty for 416
  std::vector<std::string> parts;  // multipart/byteranges: text before each range, and after the last; else empty
};

// `size` and `type` are those of the whole; an empty type is not said. At most 8 ranges, not overlapping; more, or an
// inverted order that only a hostile client sends, get the whole. A Range field is for GET alone; a HEAD gets the
// fields of the whole.
RangeAnswer answer_ranges(const RequestHead& head, const Validators& validators, std::string_view type,
                          std::uint64_t size);

}  // namespace larder::server

// StaticFile: what to answer for a file of the site: validators, conditional requests, ranges. Pure:
// the caller has opened the file. RFC 9110 sections 8.8 (validators), 12.5.3 (codings), 13 (conditional requests), 14
// (ranges). Codings other than identity come from packed_files.h.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/field.h"
#include "cache/page.h"
#include "server/range_answer.h"
#include "server/request.h"

namespace larder::server {

// The fields are Content-Type, ETag, Last-Modified, Accept-Ranges, Content-Range ...; no length. Beside the statuses of
// a RangeAnswer 304 and 412, without ranges.
struct FileAnswer : RangeAnswer {
  cache::Body packed;                       // 200 in another coding than identity: what to send in place of the range
  std::optional<std::uint64_t> whole_size;  // in the coding that the answer speaks of; nullopt: not known yet
};

// In which codings there is the file.
struct FileForms {
  bool several = false;             // there may be others than the file itself
  cache::PagePtr packed = nullptr;  // those, when they are at hand; else nullptr
};

FileAnswer answer_file(std::string_view name, const struct stat&, const FileForms& forms, const RequestHead&);

}  // namespace larder::server

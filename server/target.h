// Target: a request target taken apart and made safe, or refused.
//
// Larder does not decode twice: `path` is the one normal form from which the cache key, REQUEST_URI and, decoded once,
// the file name are made, so that cache, file system and PHP can never disagree about which resource is meant.
// All views point into the raw target, to static text or to what the target itself keeps. Pure: RFC 3986 sections 3.3,
// 5.2.4, 6.2.2; RFC 9112 section 3.2.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/gate.h"

namespace larder::server {

struct Target {
  std::string_view path;  // normal form: begins with '/', dot segments and doubled slashes removed, escapes in upper
                          // case, unreserved characters not escaped, everything outside pchar escaped
  std::string_view file_path;  // path decoded once; never contains NUL, control characters or a ".." segment; valid
                               // UTF-8. An escaped slash or backslash makes `ambiguous` true instead of a separator,
                               // and stays escaped here. Empty for "*"
  std::string_view query;  // raw, without '?'
  bool has_query = false;
  bool ambiguous =
      false;  // path holds %2F or %5C (also for a raw backslash): names no file, goes to the front controller
  std::string_view scheme;     // absolute-form only: "http" or "https"; else empty
  std::string_view authority;  // absolute-form only: overrides Host
  bool asterisk = false;       // "*", for OPTIONS

  struct Paths {
    std::string path, file_path;
  };
  std::unique_ptr<const Paths> own_paths;  // when the raw target has not these forms itself, as nearly all have
};

struct ParsedTarget {
  // 400: control characters, NUL, invalid escapes or UTF-8, ".." above the root or beside an escaped separator, '#',
  // ... 414: longer than 8 KiB.
  std::optional<Refusal> refusal;
  Target target;
};

// `path`, with the '?' and query of the target if it has them.
std::string with_query(const Target& target, std::string_view path);

ParsedTarget parse_target(std::string_view raw, std::string_view method);

}  // namespace larder::server

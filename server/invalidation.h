// Invalidation: which pages an unsafe method has changed (RFC 9111 section 4.4). Pure.
//
// That of its own URI, and those that Location and Content-Location name, if they are of the same scheme, host and
// port: one site must not throw away the pages of another.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/field.h"
#include "cache/key.h"

namespace larder::server {

struct ChangedUri {
  std::string key;     // of the request's URI
  std::string origin;  // "https://example.org", as keys begin
  std::string path;    // of the URI, in normal form
  const cache::IgnoredParams* ignored = nullptr;
};

// GET, HEAD, OPTIONS and TRACE change nothing (RFC 9110 section 9.2.1); PURGE is not PHP's.
bool is_unsafe(std::string_view method);

std::vector<std::string> invalidated_keys(const ChangedUri& uri, const Fields& response);

}  // namespace larder::server

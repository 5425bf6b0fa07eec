// Gate: decides whether a request may be looked at at all. Runs before anything else and sees the head as received.
//
// libmicrohttpd's parser is lenient (it hands us two Content-Length, a Transfer-Encoding it does not know, any Host,
// any method token, ...), and every difference between two parsers in a row is a smuggled request. So what RFC 9112
// calls an error is refused here, and the connection is closed, so that nothing after it is read as a request.
// Of the target only the form is looked at; the rest is parse_target's. Pure: RFC 9110 sections 5 and 7, RFC 9112
// sections 2, 3, 5, 6; RFC 3986 for Host.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/request.h"

namespace larder::server {

// A refusal: answered with this status and a closed connection. `reason` is a static text for the error page and log.
struct Refusal {
  int status;
  const char* reason;
  bool operator==(const Refusal&) const = default;
};

struct Framing {
  bool chunked = false;
  std::optional<std::uint64_t> length;  // Content-Length
  bool has_body() const { return chunked || (length && *length > 0); }
};

struct Gated {
  std::optional<Refusal> refusal;
  Framing framing;
};

// max_body in bytes: a larger Content-Length is refused with 413 before it is read.
Gated gate(const RequestHead&, std::uint64_t max_body);

// Grammar helpers, used by others too.
bool is_token(std::string_view);        // RFC 9110 5.6.2
bool is_field_value(std::string_view);  // RFC 9110 5.5: no control characters except HTAB
// host [":" port], port 0-65535 or empty. Host: not empty; an IPv6 address in brackets, or letters, digits and "-._~":
// of RFC 3986 without escapes, sub-delims and IPvFuture, which no name that resolves has.
bool is_host(std::string_view);

}  // namespace larder::server

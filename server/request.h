// RequestHead: the head of one HTTP request as it came over the wire, undecoded.
//
// The views point into the connection's memory and stay valid until the request is over, also while it waits.
#pragma once

#include <cstddef>
#include <string_view>

#include "server/endpoint.h"
#include "server/field_list.h"

namespace larder::server {

struct RequestHead {
  std::string_view method;
  std::string_view target;   // raw, before any decoding
  std::string_view version;  // "HTTP/1.1"
  FieldList fields;
  Endpoint peer;             // the other end of the connection, or whom its PROXY header named
  bool tls = false;          // ... who came to the balancer by TLS, as that header says
  bool clean_layout = true;  // false: the bytes between the parsed parts are not those of RFC 9112 (a NUL, a folded
                             // line, a bare LF, extra blanks); found by http_loop, refused by the gate

  // Value of the first field of that name; data() is nullptr when there is none.
  std::string_view field(FieldName name) const;
  std::string_view field(std::string_view name) const;
  std::size_t count(FieldName name) const;  // fields of that name
  std::size_t count(std::string_view name) const;
};

}  // namespace larder::server

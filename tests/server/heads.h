// Heads: request heads for tests, in one line. What is passed must outlive them, as literals do.
#pragma once

#include <initializer_list>
#include <string_view>

#include "server/request.h"

namespace larder::testing {

inline server::RequestHead head_with(std::initializer_list<server::FieldView> fields, std::string_view method = "GET",
                                     std::string_view target = "/") {
  server::RequestHead head;
  head.method = method;
  head.target = target;
  head.version = "HTTP/1.1";
  head.fields = server::FieldList(fields);
  return head;
}

}  // namespace larder::testing

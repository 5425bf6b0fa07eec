// Response: what came back, and what a test expects of it.
//
// The expectations are Catch assertions that end the test, reported with the line that expected and the head that came;
// call them on the thread of the test only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/field.h"

namespace larder::testing {

struct Response {
  std::string request;  // "GET /path", for messages
  int status = 0;       // of the final answer; 0: none came
  Fields fields;        // all, in order
  std::string body;
  std::uint64_t body_bytes = 0;  // also when the body was not kept
  std::string failure;           // why the exchange did not end well, in the words of the client; empty: it did

  std::string header(std::string_view name) const;  // value of the first; empty when there is none
  bool has_header(std::string_view name) const { return find_field(fields, name) != nullptr; }
  std::vector<std::string> headers(std::string_view name) const;

  // Each returns the response itself, so that they can be chained. Whole: complete, as its framing announced.
  const Response& expect(int wanted, const char* file = __builtin_FILE(), int line = __builtin_LINE()) const;
  const Response& expect_header(std::string_view name, std::string_view contains, const char* file = __builtin_FILE(),
                                int line = __builtin_LINE()) const;
  const Response& expect_no_header(std::string_view name, const char* file = __builtin_FILE(),
                                   int line = __builtin_LINE()) const;
  const Response& expect_body(std::string_view contains, const char* file = __builtin_FILE(),
                              int line = __builtin_LINE()) const;
  // Cache-Status must begin with "larder; " and `state`, e.g. "hit", "fwd=miss".
  const Response& expect_cache(std::string_view state, const char* file = __builtin_FILE(),
                               int line = __builtin_LINE()) const;

 private:
  std::string story(const char* file, int line) const;
};

}  // namespace larder::testing

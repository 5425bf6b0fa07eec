// RequestWriter: the bytes of one request, in the order in which they go over the wire, a buffer at a time.
//
// BEGIN_REQUEST, PARAMS, then the body as STDIN records, then the empty STDIN record. Only one piece of the body is in
// memory at any time. Threads: one at a time. The body outlives it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "fastcgi/job.h"

namespace larder::fastcgi {

class RequestWriter {
 public:
  // The error: a parameter that fits no record.
  static Result<RequestWriter> make(const Params&, RequestBody* body);

  // Bytes to send next; empty when everything was taken. The error: the body could not be read, or ended early.
  Result<std::string_view> pending();
  void taken(std::size_t bytes);  // that many of pending() are on their way

 private:
  RequestWriter() = default;
  Status refill();

  std::string buffer_;
  std::size_t sent_ = 0;  // of buffer_
  RequestBody* body_ = nullptr;
  std::uint64_t offset_ = 0;
  bool ended_ = false;  // the empty STDIN record is in the buffer or sent
};

}  // namespace larder::fastcgi

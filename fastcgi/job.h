// Job: one request for PHP and the place where its answer goes. Implemented by the server.
//
// All calls for one job come from one lane thread at a time, in the order: on_start, on_head once, on_body any number
// of times, on_end exactly once. on_stderr may come at any time before on_end. A refused job gets only on_end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/field.h"
#include "base/result.h"

namespace larder::fastcgi {

using Params = std::vector<std::pair<std::string, std::string>>;

// The head that a CGI script wrote (RFC 3875 section 6), with its status worked out: "Status:" if given, else 302 with
// a Location, else 200. "Status" itself is not among the fields.
struct CgiHead {
  int status = 200;
  Fields fields;
};

enum class Outcome {
  complete,          // END_REQUEST came and the answer is whole
  queue_full,        // never handed to a worker
  queue_expired,     // waited longer than the queue's limit
  stopping,          // the pool is being stopped
  no_worker,         // nobody accepted the connection
  died_before_head,  // the worker went away before a whole head was received
  died_midway,       // ... after it
  timed_out,         // exceeded the render limit
  malformed,         // not FastCGI, or a head that is no CGI head
  abandoned,         // on_head or on_body said that nobody wants the rest, or it was not wanted any more in the queue
  body_failed,       // the request body could not be read back in full
};

// A request body, complete before the job is submitted.
class RequestBody {
 public:
  virtual ~RequestBody() = default;
  virtual std::uint64_t size() const = 0;
  // Up to into.size() bytes from `offset`; 0 only at the end.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) = 0;
};

// Whose turn it is when not all can be served, the best first.
enum class JobClass : std::uint8_t {
  administrator,  // P0: somebody who is logged in works on the site
  canonical,      // P1: a page by its plain address, of which many have something
  personal,       // P2: with a query or a login, or sent
  crawl,          // P3: searches, feeds, xmlrpc, robots; and what nobody waits for
};

class Job {
 public:
  virtual ~Job() = default;
  virtual const Params& params() const = 0;
  virtual RequestBody* body() = 0;      // nullptr: none
  virtual bool idempotent() const = 0;  // may be sent again when no byte of an answer was received
  virtual bool wanted() const = 0;      // false: nobody waits for it any more; do not start it
  virtual JobClass job_class() const { return JobClass::canonical; }
  virtual std::size_t waiters() const { return 1; }  // requests that it would answer, now
  virtual void on_start() {}                         // a worker is being asked now
  virtual bool on_head(CgiHead head) = 0;            // false: stop here
  virtual bool on_body(std::string_view bytes) = 0;  // may block while the receiver is behind; false: stop here
  virtual void on_stderr(std::string_view bytes) = 0;
  virtual void on_end(Outcome outcome) = 0;
};

}  // namespace larder::fastcgi

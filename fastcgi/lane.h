// Lane: one request to one PHP worker and its answer, from connect to close, as one blocking call.
//
// It sends and receives at the same time (a worker may answer before it has read the whole body), passes the answer to
// the job as it comes and closes the connection at the end, because PHP waits for that. The time limit is the given
// RenderLimit; time that the job spends in on_body() is forgiven. When stop_fd becomes readable the call returns at
// once. A worker whose connection is closed early is not ended by that: PHP notices at its next write, php-fpm by
// request_terminate_timeout. Until then it is busy, so see_off() waits for that, and the next job does not spend its time
// behind a worker that is stuck. A request that FastCGI cannot express (params.h) ends as malformed, unsent.
// Threads: run() from one thread at a time. Lifetime: the descriptor outlives the lane. Source: poll(2), unix(7).
#pragma once

#include <memory>

#include "base/unique_fd.h"
#include "fastcgi/address.h"
#include "fastcgi/job.h"
#include "fastcgi/render_limit.h"

namespace larder::fastcgi {

class Lane {
 public:
  struct End {
    Outcome outcome = Outcome::complete;
    bool request_begun = false;  // a byte of the request may have reached a worker
    bool answer_begun = false;   // see ResponseParser
  };

  Lane(Address address, int stop_fd);

  // Calls everything of the job but on_start and on_end. `patience`: how long to ask again where nobody listens.
  End run(Job&, RenderLimit&, Millis patience);

  // After a run that timed out: waits until the worker has let go, or for as long as the limit says. Not over TCP, where
  // it does not hear of it that nobody listens any more.
  void see_off(RenderLimit&);

 private:
  static constexpr std::size_t kReceive = 32 * 1024;

  Address address_;
  int stop_fd_;
  UniqueFd stuck_;  // the connection of the run that timed out
  std::unique_ptr<char[]> buffer_;  // kReceive bytes; not on the small stack of a lane
};

}  // namespace larder::fastcgi

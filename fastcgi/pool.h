// Pool: as many lanes as there are PHP workers, and the bounded queue before them.
//
// Each lane is a thread that does one blocking FastCGI exchange after the other (see lane.h), so at most
// `lanes` scripts run at any time; who is next, WaitingLine says. submit() never blocks: a full queue refuses at once,
// the new job or a worse one. Where two lanes or more may run and renders take so long that the next free one is far
// off, one is left for administrators while there are some.
// Queued jobs that waited longer than `queue_wait` are ended with Outcome::queue_expired, by expire(), which the
// program calls a few times a second, or by the lane that comes to them. Jobs that are not wanted() any more when a
// lane comes to them end as abandoned without being started. A render is repeated once, within the same time limit,
// when the worker went away before its answer began and the job is idempotent, or when nobody accepted the connection
// (nothing was sent then, so every job may go again); a php-fpm that is starting has 1 s to come up. Counters: renders
// and renders_retried, renders_failed (every outcome but complete, abandoned and stopping), renders_timed_out (failed
// too), queue_refused, queue_expired. The lane of a render that timed out is busy until its worker has ended, for 15 s at
// most. Threads: all functions from any thread, but stop() from no callback of a job; no lock is held while a job is
// called. Lifetime: stop() ends every job (running ones are cut off; an on_body() that blocks must return) and joins.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/counters.h"
#include "fastcgi/address.h"
#include "fastcgi/job.h"

namespace larder::fastcgi {

struct PoolOptions {
  Address address;                   // where the workers listen
  std::size_t lanes = 4;             // PHP workers
  std::optional<std::size_t> queue;  // jobs that may wait; nullopt: as many as are done in 3 s, within 4 and 24
  Millis queue_wait = 3'000;         // longest wait for a worker
  Millis timeout = 30'000;  // longest render, from connect to the last byte; time blocked in on_body not counted
};

class Pool {
 public:
  Pool(PoolOptions, const Clock&, Counters&);
  ~Pool();  // stop()

  // Queues the job, or ends it at once (queue_full, stopping) on the caller's thread.
  void submit(std::shared_ptr<Job> job);
  void expire();
  // From now on no more than `jobs` scripts are started beside each other, at least 1; those that run go on. All lanes
  // at the start.
  void set_parallel(std::size_t jobs);
  void stop();

  std::size_t busy() const;    // lanes that have a job
  std::size_t queued() const;  // jobs that wait for one
  std::size_t room() const;    // how many may, now
  bool would_wait() const;     // would a job, if it were no administrator's
  // Seconds after which asking again makes sense: queue / rate of completions, and 0 to 3 more in turn so that those
  // who were refused do not come back together; 2 to 30. The rate is lanes / moving average of render times, so that it
  // stays known while nobody asks.
  int retry_after() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace larder::fastcgi

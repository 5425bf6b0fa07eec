// Pool: as many lanes as there are PHP workers, and the bounded queue before them.
//
// Each lane is a thread that does one blocking FastCGI exchange after the other (see lane.h), so at most
// `lanes` scripts run at any time. submit() never blocks: a full queue refuses at once. Queued jobs that waited longer
// than `queue_wait` are ended with Outcome::queue_expired by expire(), which the program calls a few times a second.
// Threads: all functions from any thread. Lifetime: stop() ends every job (running ones are cut off) and joins.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/counters.h"
#include "fastcgi/address.h"
#include "fastcgi/job.h"

namespace larder::fastcgi {

struct PoolOptions {
  Address address;            // where the workers listen
  std::size_t lanes = 4;      // PHP workers
  std::size_t queue = 24;     // jobs that may wait
  Millis queue_wait = 3'000;  // longest wait for a worker
  Millis timeout = 30'000;    // longest render, from connect to the last byte; time blocked in on_body not counted
};

class Pool {
 public:
  Pool(PoolOptions, const Clock&, Counters&);
  ~Pool();  // stop()

  // Queues the job, or ends it at once (queue_full, stopping) on the caller's thread.
  void submit(std::shared_ptr<Job> job);
  void expire();
  void stop();

  std::size_t busy() const;
  std::size_t queued() const;
  // Seconds after which asking again makes sense: queue / rate of completions, 2 to 30.
  int retry_after() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace larder::fastcgi

// FakeWorker: PHP workers that do what the test tells them, spoken through libfcgi's own half of the protocol.
//
// Two independent implementations of FastCGI then check each other. The program `fake_worker SOCKET N` listens on a
// Unix socket with N forked processes, each serving one request at a time; one that dies is replaced, as php-fpm does.
// What it does is chosen by the request's QUERY_STRING, parts joined by &, values percent-decoded:
//
//   do=echo        (also the default) answers body-length, body-hash (FNV-1a, hex), then NAME=VALUE of all parameters
//   do=mirror      answers the request body
//   do=big         answers bytes=N bytes
//   do=file        answers what is in file=
//   do=flood       answers bytes=N bytes without reading the request body first
//   do=sleep       waits ms=N before its head
//   do=slow-body   head, then bytes=N bytes in pieces=N flushed pieces with ms=N before each
//   do=hang        never answers
//   do=wait        answers once the file named by file= exists, so that the test holds the render
//   do=meet        answers once with=N requests run at the same time
//   do=die-before-head, do=die-midway (after head and bytes=N)   the process ends; times=N: only the first N times
//   do=bad-head    a head that is none        do=garbage   bytes that are no FastCGI
//   do=no-answer   ends without a byte        do=stats     counters as text, itself not counted
//   do=told        answers the told page (told_body.h) that the last part of the path names, in a version never made
//                  before; also for every path below /told/
//   do=count       answers how many requests began before and with this one
// with any of them: header=Name:Value (repeated), status=404, type=text/css, split=1 (a record for every byte),
// stderr=N (bytes of error lines), exit=N (application status).
//
// The counters are also in the file SOCKET.stats, which FakeWorker maps.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace larder::testing {

// Shared by all processes.
struct FakeWorkerStats {
  std::atomic<std::uint32_t> renders, running, max_running, deaths;
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

class FakeWorker {
 public:
  // Starts the program and returns when it listens; throws when it cannot.
  explicit FakeWorker(unsigned workers);
  ~FakeWorker();

  const std::string& socket() const { return socket_; }
  std::uint32_t renders() const { return stats_->renders; }
  std::uint32_t running() const { return stats_->running; }
  std::uint32_t max_running() const { return stats_->max_running; }
  std::uint32_t deaths() const { return stats_->deaths; }
  Process& process() { return *process_; }
  const TempDir& directory() const { return directory_; }

 private:
  TempDir directory_;
  std::string socket_;
  std::unique_ptr<Process> process_;
  FakeWorkerStats* stats_ = nullptr;
};

}  // namespace larder::testing

// HttpLoop: one libmicrohttpd daemon: one thread with one epoll set that owns its connections. With http_response the
// only file that includes microhttpd.h.
//
// The acceptor gives it sockets; it parses requests, hands them to Transactions and sends their replies. What
// libmicrohttpd lacks is here: a total deadline for heads and bodies (its own timeout only measures inactivity) and the
// check that the head on the wire had the layout of RFC 9112 (its parser cuts values at a NUL and joins folded lines).
// Threads: add(), sweep(), connections(), drain() from any thread. Lifetime: stop() after every suspended connection
// has been woken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/counters.h"
#include "base/field.h"
#include "base/report.h"
#include "base/result.h"
#include "server/arrival.h"
#include "server/transaction.h"

namespace larder::server {

struct HttpLoopOptions {
  std::uint64_t connection_memory = 16 << 10;  // bytes for head and buffers of a connection
  Millis header_timeout = 10'000;              // from accept to a complete head
  Millis keepalive_timeout = 15'000;           // from the end of an answer to the next complete head
  Millis body_grace = 20'000;                  // the body of a request may lag this far behind
  Millis send_timeout = 60'000;                // ... and the taking of an answer so far

  // ... this many bytes per second. Not a setting: a 32-bit board divides 64-bit numbers only by powers of two cheaply.
  static constexpr std::uint64_t kMinRate = 4096;
};

class HttpLoop {
 public:
  // What libmicrohttpd (0.9.75) can look after without a gap: it takes 128 events at once, and when there are exactly
  // as many it waits for more before it looks at any. So there must never be that many descriptors in its epoll set;
  // one of them is its own, and one is to spare.
  static constexpr std::size_t kMaxConnections = 126;

  static Result<std::unique_ptr<HttpLoop>> start(const HttpLoopOptions&, TransactionFactory&, const Clock&, Counters&,
                                                 Report);
  ~HttpLoop();

  void add(Arrival arrival);
  std::size_t connections() const;
  std::size_t active() const;     // requests being worked on
  std::size_t suspended() const;  // of these, waiting for something

  void sweep();  // ends connections that are past their deadline; call several times a second: it is their clock
  // From now on every answer closes its connection. sweep() closes idle ones, but not at once: a request may be on its
  // way, on connections that were just made above all.
  void drain();
  void stop();  // needs suspended() == 0

  class Impl;

 private:
  explicit HttpLoop(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

// "0.9.75", of the library that is loaded.
std::string http_library_version();

}  // namespace larder::server

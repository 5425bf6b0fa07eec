// Transaction: one request and its answer, as the HTTP loop sees it. Implemented by Exchange.
//
// Threads: the loop calls a transaction from its own thread only. Other threads that work for it hold the Waker.
// Suspending is the only asynchrony: suspend first, then hand the waker to whoever will call it, so that a wake-up
// cannot come too early.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "server/reply.h"
#include "server/request.h"

namespace larder::server {

// Who owns suspended connections: an HTTP loop, or a test.
class Wakeable {
 public:
  virtual void wake(void* connection) = 0;
  virtual bool client_left(void* connection) const = 0;

 protected:
  ~Wakeable() = default;
};

// Continues a suspended connection. Call wake() exactly once, from any thread; the transaction is only safe to touch
// from elsewhere before that.
class Waker {
 public:
  Waker() = default;
  Waker(Wakeable& owner, void* connection) : owner_(&owner), connection_(connection) {}
  void wake() { std::exchange(owner_, nullptr)->wake(connection_); }
  bool client_left() const { return owner_->client_left(connection_); }  // it has closed its side; only before wake()
  explicit operator bool() const { return owner_ != nullptr; }

 private:
  Wakeable* owner_ = nullptr;
  void* connection_ = nullptr;
};

class Suspender {
 public:
  virtual Waker
  suspend() = 0;  // at most once a call of on_body(), on_ready() or pull(); then take or give nothing more

 protected:
  ~Suspender() = default;
};

// What became of a piece of a body.
enum class Take {
  taken,
  later,  // not taken: it has suspended; the same bytes come again once it is woken
  cut,    // cut the connection
};

class Transaction {
 public:
  virtual ~Transaction() = default;

  // The head is complete. False: reply() now, read nothing more, close.
  virtual bool on_head(const RequestHead& head) = 0;
  // Some bytes of the body, transfer coding removed.
  virtual Take on_body(std::string_view bytes, Suspender& suspender) = 0;
  // The request is complete, or the waker was called. True: reply() now; false: it has suspended.
  virtual bool on_ready(Suspender& suspender) = 0;
  virtual Reply& reply() = 0;  // what is sent may be moved out of it
  // The answer was sent (complete), or the connection broke before it was.
  virtual void on_end(bool complete) = 0;
};

class TransactionFactory {
 public:
  virtual ~TransactionFactory() = default;
  virtual std::unique_ptr<Transaction> begin() = 0;
};

}  // namespace larder::server

// Acceptor: the thread that accepts connections and hands each to the HTTP loop with the fewest.
//
// As long as they have room, only the first `working` loops are used: many connections in few loops cost less than the
// same in many.
// Above `connections` it answers a canned 503 with Retry-After at once, instead of leaving the client in the backlog.
// Running out of file descriptors neither spins nor leaves clients hanging: a spare descriptor is given up to accept
// and refuse them.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "base/thread.h"
#include "base/unique_fd.h"
#include "server/http_loop.h"
#include "server/listener.h"

namespace larder::server {

class Acceptor {
 public:
  // Everything given by reference must outlive it.
  Acceptor(std::vector<Listener> listeners, std::vector<std::unique_ptr<HttpLoop>>& loops, std::size_t working,
           std::size_t connections, std::string refusal, const Clock& clock, Counters& counters, Report report);
  ~Acceptor() { stop(); }
  void stop();  // closes the listening sockets

 private:
  struct Lingering {  // refused; waits until the client has read the answer
    UniqueFd fd;
    Millis until;
  };

  void run();
  void accept_all(int listener);
  void place(UniqueFd client, const sockaddr* peer, socklen_t length);
  HttpLoop& emptiest(std::size_t among) const;
  void refuse(UniqueFd client);
  void drop_lingering(Millis now);
  bool out_of_descriptors(int listener);

  std::vector<Listener> listeners_;
  std::vector<std::unique_ptr<HttpLoop>>& loops_;
  std::size_t working_;
  std::size_t connections_;
  std::string refusal_;
  const Clock& clock_;
  Counters& counters_;
  Report report_;
  UniqueFd wake_;
  UniqueFd spare_;
  std::deque<Lingering> lingering_;
  Millis quiet_until_ = 0;
  Thread thread_;
};

}  // namespace larder::server

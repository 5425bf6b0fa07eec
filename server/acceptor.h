// Acceptor: the thread that accepts connections and hands each to the HTTP loop with the fewest.
//
// As long as they have room, only the first `working` loops are used: many connections in few loops cost less than the
// same in many.
// Above `connections` it answers a canned 503 with Retry-After at once, instead of leaving the client in the backlog.
// The same to a client that has as many connections as one may have (client_seats.h).
// Where it is so set, a trusted proxy first says for whom it speaks (introductions.h).
// Running out of file descriptors neither spins nor leaves clients hanging: a spare descriptor is given up to accept
// and refuse them.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "base/thread.h"
#include "base/unique_fd.h"
#include "server/endpoint.h"
#include "server/http_loop.h"
#include "server/introductions.h"
#include "server/listener.h"

namespace larder::server {

struct AcceptorOptions {
  std::size_t working = 1;         // loops used first
  std::size_t connections = 1000;  // at the same time
  std::string refusal;             // the canned answer to those above
  std::vector<Network> announced;  // proxies that send a PROXY header
  Millis introduction = 10'000;    // how long that may take
};

class Acceptor {
 public:
  // Everything given by reference must outlive it.
  Acceptor(std::vector<Listener> listeners, std::vector<std::unique_ptr<HttpLoop>>& loops, ClientSeats& seats,
           AcceptorOptions options, const Clock& clock, Counters& counters, Report report);
  ~Acceptor() { stop(); }
  void stop();                                  // takes who has come so far, closes the listening sockets
  std::vector<Listener> hand_over();            // stops, but leaves the sockets open, with those who wait in them
  void announce(std::vector<Network> proxies);  // instead of AcceptorOptions::announced; from any thread

 private:
  struct Lingering {  // refused; waits until the client has read the answer
    UniqueFd fd;
    Millis until;
  };

  void run();
  void end();
  bool is_announced(const Endpoint& peer);
  void finish_introductions();
  void accept_all(int listener, int at_most);
  void admit(Arrival arrival);
  void place(Arrival arrival);
  HttpLoop& emptiest(std::size_t among) const;
  void refuse(UniqueFd client);
  void report_greedy(const Endpoint& client);
  void drop_lingering(Millis now);
  bool out_of_descriptors(int listener);

  std::vector<Listener> listeners_;
  std::vector<std::unique_ptr<HttpLoop>>& loops_;
  ClientSeats& seats_;
  AcceptorOptions options_;
  const Clock& clock_;
  Counters& counters_;
  Report report_;
  UniqueFd wake_;
  std::mutex announced_mutex_;  // guards options_.announced
  std::atomic<bool> handing_over_{false};
  UniqueFd spare_;
  std::deque<Lingering> lingering_;
  Introductions introductions_;
  Millis quiet_until_ = 0, quiet_about_clients_until_ = 0;
  Thread thread_;
};

}  // namespace larder::server

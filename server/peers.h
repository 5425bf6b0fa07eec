// Peers: the other Larders before the same site ([peers] of the ini), which are told what is purged here.
//
// Each peer has a thread and a queue (peer_queue.h); nobody waits for them but stop(). What a log of purges held at the
// start is told again, so that no purge is lost to a peer because this Larder ended before it could tell. A list that
// names this Larder itself does no harm: it knows its own mails.
// Threads: set() and stop() from one at a time, the others from any. Lifetime: clock and counters outlive it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "base/result.h"
#include "base/thread.h"
#include "base/unique_fd.h"
#include "cache/purge_list.h"
#include "server/peer_address.h"
#include "server/peer_queue.h"

namespace larder::server {

class Peers {
 public:
  Peers(const Clock& clock, Counters& counters, Report report);
  ~Peers() { stop(0); }

  // From now on. Who was one before keeps what waits for it; a peer that is named twice is one.
  void set(const std::vector<PeerAddress>& nodes, const std::string& token);
  void tell(const std::vector<cache::Purge>& purges);        // made now
  void tell_again(const std::vector<cache::Purge>& purges);  // each made when it says
  // Those that answer may take what waits for them until then, in ms; the others are given up.
  void stop(Millis at_most);

  std::string_view id() const { return id_; }  // what marks its mails
  struct Info {
    std::size_t peers = 0, lost = 0, waiting = 0;
  };
  Info info() const;

 private:
  struct Peer {
    PeerAddress address;
    UniqueFd interrupt;
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::string token;
    PeerQueue queue;
    bool ending = false;
    Thread thread;
  };
  using List = std::vector<std::unique_ptr<Peer>>;
  std::unique_ptr<Peer> start(const PeerAddress& address) const;
  void serve(Peer& peer) const;
  void send_next(Peer& peer, std::unique_lock<std::mutex>& lock) const;
  void settle(Peer& peer, const Result<int>& status) const;
  void post(const std::vector<PeerMail>& mails);
  static void end(const List& peers);

  const Clock& clock_;
  Counters& counters_;
  const Report report_;
  const std::string id_;
  mutable std::mutex mutex_;  // before a peer's
  List peers_;
};

}  // namespace larder::server

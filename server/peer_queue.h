// PeerQueue: the purges that one peer has still to be told of, in their order, and when the next try is due. Pure; time
// is a parameter (steady clock).
//
// What fails is tried again, after a pause that grows to kLongestPause, for as long as it takes. The queue is bounded:
// one that is full becomes a single purge of everything, as hard as the hardest that waited, because the peer may hold
// what was withdrawn. So does a mail that the peer calls wrong.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "server/peer_mail.h"

namespace larder::server {

class PeerQueue {
 public:
  static constexpr std::size_t kMostMails = 1'000, kMostBytes = 2 << 20;
  static constexpr Millis kFirstPause = 250, kLongestPause = 10'000;

  bool add(PeerMail mail);            // false: it was full, and is one purge of everything now
  std::optional<Millis> due() const;  // nullopt: nothing waits, or one is being sent
  PeerMail begin();                   // the next one; only when something is due. One of these ends it:
  bool taken();                       // true: the peer had been lost, and is back
  bool failed(Millis now);            // true: the peer is lost by this
  bool refused(Millis now);           // likewise, because of what the mail says

  bool lost() const { return pause_ > 0; }  // the last try failed
  std::size_t waiting() const { return mails_.size() + (sending_ ? 1 : 0); }

 private:
  void put_back(PeerMail mail);

  std::deque<PeerMail> mails_;
  std::size_t bytes_ = 0;  // of their bodies
  std::optional<PeerMail> sending_;
  Millis pause_ = 0, next_try_ = 0;
};

}  // namespace larder::server

// LinePort: a listening socket whose every connection gets one short text and is closed: HAProxy's agent-check, and the
// commands of `larder drain` and its like.
//
// A port that `answers at once` says its text without being asked; the other kind first reads one line. A peer has a
// second for its line and to take the answer, and there are at most 32 at a time: those above are closed unheard.
// Threads: the answer is made on the port's own thread. Lifetime: stop() before what the answer uses.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/thread.h"
#include "base/unique_fd.h"
#include "server/listener.h"

namespace larder::server {

class LinePort {
 public:
  enum class Kind { answers_at_once, answers_a_line };
  using Answer = std::function<std::string(std::string_view line)>;  // the line without its end; "" when not asked

  LinePort(Listener listener, Kind kind, Answer answer, const Clock& clock);
  ~LinePort() { stop(); }
  void stop();

 private:
  struct Peer {
    UniqueFd fd;
    Millis until;
    std::string line;
    bool answered = false;  // waits until the peer has read it: closing earlier could destroy the answer
  };

  void run();
  void accept_all();
  void go_on(Peer& peer);
  void answer(Peer& peer);

  Listener listener_;
  Kind kind_;
  Answer answer_;
  const Clock& clock_;
  UniqueFd wake_;
  std::vector<Peer> peers_;
  Thread thread_;
};

}  // namespace larder::server

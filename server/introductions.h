// Introductions: connections of trusted proxies that have still to say, by a PROXY header, for whom they speak.
//
// They wait here and not in an HTTP loop. Bytes of the header are taken from the socket, never one of what follows, so
// poll(2) is quiet until more comes. A proxy that is late, leaves, or says anything else is cut off; why is reported.
// Threads: the acceptor's only.
#pragma once

#include <poll.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "server/arrival.h"

namespace larder::server {

class Introductions {
 public:
  using Welcome = std::function<void(Arrival)>;  // takes a connection whose client is known now

  // `patience`: how long a header may take.
  Introductions(Millis patience, const Clock& clock, Counters& counters, Report report, Welcome welcome)
      : patience_(patience),
        clock_(clock),
        counters_(counters),
        report_(std::move(report)),
        welcome_(std::move(welcome)) {}

  void begin(Arrival proxy);  // the header has often come with the connection: then it is welcomed at once
  void watch(std::vector<pollfd>& watched) const;  // appends one for each that waits
  void go_on(std::span<const pollfd> watched);     // what watch() appended, after poll(2); ends those that are late
  std::size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    Arrival proxy;
    Millis until;
    std::string said;  // so far, all of it header
  };
  enum class Heard { more_to_come, all, nonsense };

  Heard listen(Waiting& waiting);
  Heard refuse(const Waiting& waiting, std::string_view mistake);

  Millis patience_;
  const Clock& clock_;
  Counters& counters_;
  Report report_;
  Welcome welcome_;
  std::vector<Waiting> waiting_;
  Millis quiet_until_ = 0;
};

}  // namespace larder::server

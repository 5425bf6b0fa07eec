// Supervisor: what systemd is told about us: sd_notify(3), sd_watchdog_enabled(3). Nothing to do when we run without
// it.
#pragma once

#include <vector>

#include "base/clock.h"
#include "server/inherited_sockets.h"
#include "server/listener.h"

namespace larder::server {

class Supervisor {
 public:
  explicit Supervisor(const Clock& clock);

  void ready();
  void stopping();
  void reloading();  // until ready() is said again, by the program that follows
  // Sockets that the last run left with systemd, or that a socket unit opened. Once: a second call gets none.
  static InheritedSockets inherited();
  // Leaves these (not those of Unix) with systemd for the next run; it keeps what FileDescriptorStoreMax= allows.
  static void keep(const std::vector<Listener>& listeners);
  // We still turn round. Called by the main loop, often; passed on twice in each interval of the watchdog.
  void alive();

 private:
  const Clock& clock_;
  Millis every_ = 0;  // 0: nobody watches
  Millis next_ = 0;
};

}  // namespace larder::server

// Supervisor: what systemd is told about us: sd_notify(3), sd_watchdog_enabled(3). Nothing to do when we run without
// it.
#pragma once

#include "base/clock.h"

namespace larder::server {

class Supervisor {
 public:
  explicit Supervisor(const Clock& clock);

  void ready();
  void stopping();
  // We still turn round. Called by the main loop, often; passed on twice in each interval of the watchdog.
  void alive();

 private:
  const Clock& clock_;
  Millis every_ = 0;  // 0: nobody watches
  Millis next_ = 0;
};

}  // namespace larder::server

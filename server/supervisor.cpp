#include "server/supervisor.h"

#include <systemd/sd-daemon.h>

#include <cstdint>

namespace larder::server {

Supervisor::Supervisor(const Clock& clock) : clock_(clock) {
  std::uint64_t interval = 0;  // µs
  if (::sd_watchdog_enabled(0, &interval) > 0) every_ = static_cast<Millis>(interval / 2000);
}

void Supervisor::ready() { ::sd_notify(0, "READY=1"); }
void Supervisor::stopping() { ::sd_notify(0, "STOPPING=1"); }

void Supervisor::alive() {
  const Millis now = clock_.steady();
  if (every_ == 0 || now < next_) return;
  next_ = now + every_;
  ::sd_notify(0, "WATCHDOG=1");
}

}  // namespace larder::server

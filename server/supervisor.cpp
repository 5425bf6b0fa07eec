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
void Supervisor::reloading() { ::sd_notify(0, "RELOADING=1"); }

InheritedSockets Supervisor::inherited() {
  std::vector<UniqueFd> sockets;
  const int number = ::sd_listen_fds(1);  // and takes the variables out of the environment: PHP is to inherit nothing
  for (int i = 0; i < number; ++i) sockets.emplace_back(SD_LISTEN_FDS_START + i);
  return InheritedSockets(std::move(sockets));
}

void Supervisor::keep(const std::vector<Listener>& listeners) {
  std::vector<int> fds;
  for (const Listener& listener : listeners)
    if (listener.unlink.empty()) fds.push_back(listener.fd.get());
  ::sd_notify(0, "FDSTOREREMOVE=1\nFDNAME=larder");  // those of addresses that are not listened on any more
  ::sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=larder", fds.data(), static_cast<unsigned>(fds.size()));
}

void Supervisor::alive() {
  const Millis now = clock_.steady();
  if (every_ == 0 || now < next_) return;
  next_ = now + every_;
  ::sd_notify(0, "WATCHDOG=1");
}

}  // namespace larder::server

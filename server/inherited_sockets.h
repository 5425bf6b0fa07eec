// InheritedSockets: listening sockets that were open before this process was: from systemd (a socket unit, or what the
// last run left with it), or from the Larder that became this one. So a restart drops no connection: who comes
// meanwhile waits in the socket's backlog. Source: sd_listen_fds(3).
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "server/settings.h"

namespace larder::server {

class InheritedSockets {
 public:
  InheritedSockets() = default;
  explicit InheritedSockets(std::vector<UniqueFd> sockets) : sockets_(std::move(sockets)) {}

  // The socket that listens at this address, once. A port of 0 is any port.
  UniqueFd claim(const ListenAddress& address);
  std::size_t left() const { return sockets_.size(); }

 private:
  std::vector<UniqueFd> sockets_;
};

}  // namespace larder::server

// Listener: one listening socket, bound as the ini says.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "server/inherited_sockets.h"
#include "server/settings.h"

namespace larder::server {

constexpr int kBacklog = 1024;  // connections that wait to be accepted

struct Listener {
  UniqueFd fd;         // non-blocking, listening
  std::string url;     // "http://127.0.0.1:8080", "http://[::]:80" or "unix:/run/larder.sock", with the real port
  std::string unlink;  // path of a Unix socket to remove at the end, else empty
};

// "::" is bound for both families; where the machine has no IPv6, 0.0.0.0 is bound instead. A Unix socket that nobody
// listens on any more is replaced. Errors say what is in the way ("port 80 is taken", "port 80 needs ...").
// The kernel ends a TCP connection whose client takes nothing of what was sent for `send_timeout` (tcp(7),
// TCP_USER_TIMEOUT); Unix sockets have no such thing.
// A socket of that address which is inherited is taken instead.
Result<Listener> open_listener(const ListenAddress& address, Millis send_timeout,
                               InheritedSockets* inherited = nullptr);

// How a program on this machine calls who listens there: "http://[::]:80" becomes "http://127.0.0.1:80".
std::string node_url(const std::string& listener_url);

}  // namespace larder::server

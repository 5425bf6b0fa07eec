#include "server/inherited_sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace larder::server {
namespace {

bool listens(int fd) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value != 0;
}

struct Place {
  std::string host;
  std::uint16_t port = 0;
};

Place place_of(const sockaddr_storage& storage) {
  char text[INET6_ADDRSTRLEN] = {};
  if (storage.ss_family == AF_INET6) {
    const auto& address = reinterpret_cast<const sockaddr_in6&>(storage);
    ::inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text);
    return {text, ntohs(address.sin6_port)};
  }
  const auto& address = reinterpret_cast<const sockaddr_in&>(storage);
  ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
  return {text, ntohs(address.sin_port)};
}

// There are many ways to write an address of IPv6.
std::string canonical(const std::string& host) {
  in6_addr address{};
  char text[INET6_ADDRSTRLEN] = {};
  if (::inet_pton(AF_INET6, host.empty() ? "::" : host.c_str(), &address) != 1) return host;
  return ::inet_ntop(AF_INET6, &address, text, sizeof text);
}

bool is_at(int fd, const ListenAddress& wanted) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (!listens(fd) || ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return false;
  if (storage.ss_family == AF_UNIX)
    return !wanted.unix_path.empty() && wanted.unix_path == reinterpret_cast<const sockaddr_un&>(storage).sun_path;
  if (!wanted.unix_path.empty() || (storage.ss_family != AF_INET && storage.ss_family != AF_INET6)) return false;
  const Place place = place_of(storage);
  const std::string host = canonical(wanted.host);
  const bool without_six = host == "::" && place.host == "0.0.0.0";  // see open_listener()
  return (wanted.port == 0 || wanted.port == place.port) && (host == place.host || without_six);
}

}  // namespace

UniqueFd InheritedSockets::claim(const ListenAddress& address) {
  const auto found = std::find_if(sockets_.begin(), sockets_.end(),
                                  [&](const UniqueFd& socket) { return is_at(socket.get(), address); });
  if (found == sockets_.end()) return {};
  UniqueFd claimed = std::move(*found);
  sockets_.erase(found);
  ::fcntl(claimed.get(), F_SETFL, ::fcntl(claimed.get(), F_GETFL) | O_NONBLOCK);
  ::fcntl(claimed.get(), F_SETFD, FD_CLOEXEC);
  return claimed;
}

}  // namespace larder::server

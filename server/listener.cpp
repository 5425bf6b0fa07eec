#include "server/listener.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace larder::server {
namespace {

struct Bound {
  sockaddr_storage address{};
  socklen_t length = 0;
  bool is_ipv6() const { return address.ss_family == AF_INET6; }
};

template <class Sockaddr>
Bound bound_from(const Sockaddr& from) {
  Bound bound;
  std::memcpy(&bound.address, &from, sizeof from);
  bound.length = sizeof from;
  return bound;
}

Result<Bound> numeric_address(const std::string& host, std::uint16_t port) {
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  if (::inet_pton(AF_INET6, host.empty() ? "::" : host.c_str(), &six.sin6_addr) == 1) return bound_from(six);
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1) return bound_from(four);
  return Error{fmt::format("listen address '{}' is not numeric", host)};
}

Error bind_error(const std::string& what, int code) {
  switch (code) {
    case EADDRINUSE:
      return {fmt::format("cannot listen on {}: it is taken by another program (see it with: ss -ltnp); "
                          "choose another with server.listen",
                          what),
              code};
    case EACCES:
      return {fmt::format("cannot listen on {}: ports below 1024 need root or CAP_NET_BIND_SERVICE; "
                          "choose another with server.listen",
                          what),
              code};
    case EADDRNOTAVAIL:
      return {fmt::format("cannot listen on {}: this machine has no such address", what), code};
    default:
      return system_error(fmt::format("cannot listen on {}", what), code);
  }
}

Result<UniqueFd> listening_socket(const Bound& bound, const std::string& what) {
  UniqueFd fd(::socket(bound.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return bind_error(what, errno);
  const int on = 1, off = 0;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bound.is_ipv6()) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&bound.address), bound.length) != 0 ||
      ::listen(fd.get(), kBacklog) != 0)
    return bind_error(what, errno);
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&address)->sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

std::string url_of(const std::string& host, std::uint16_t port) {
  const bool six = host.empty() || host.find(':') != std::string::npos;
  return six ? fmt::format("http://[{}]:{}", host.empty() ? "::" : host, port)
             : fmt::format("http://{}:{}", host, port);
}

void limit_sending(int fd, Millis send_timeout) {
  const auto timeout = static_cast<unsigned>(send_timeout);  // the sockets that it accepts inherit it
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
}

Result<Listener> open_tcp(const ListenAddress& address, Millis send_timeout) {
  std::string host = address.host;
  auto bound = numeric_address(host, address.port);
  if (!bound) return bound.error();
  auto fd = listening_socket(*bound, url_of(host, address.port));
  const bool wildcard = host.empty() || host == "::";
  if (!fd && wildcard && (fd.error().code == EAFNOSUPPORT || fd.error().code == EADDRNOTAVAIL)) {
    host = "0.0.0.0";  // a kernel without IPv6
    bound = numeric_address(host, address.port);
    fd = listening_socket(*bound, url_of(host, address.port));
  }
  if (!fd) return fd.error();
  limit_sending(fd->get(), send_timeout);
  const std::string url = url_of(host, port_of(fd->get()));
  return Listener{std::move(*fd), url, {}};
}

// True when the path is a socket that nobody accepts on any more.
bool is_stale_socket(const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

Result<Listener> open_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return Error{
        fmt::format("cannot listen on unix:{}: the path is longer than {} bytes", path, sizeof address.sun_path - 1)};
  std::memcpy(address.sun_path, path.data(), path.size());
  if (is_stale_socket(address)) ::unlink(path.c_str());
  auto fd = listening_socket(bound_from(address), "unix:" + path);
  if (!fd) return fd.error();
  ::chmod(path.c_str(), 0666);  // who may connect is decided by the directory, as with other servers
  return Listener{std::move(*fd), "unix:" + path, path};
}

Listener adopted(UniqueFd fd, const ListenAddress& address, Millis send_timeout) {
  if (!address.unix_path.empty()) return {std::move(fd), "unix:" + address.unix_path, address.unix_path};
  limit_sending(fd.get(), send_timeout);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  const bool without_six = bound.ss_family == AF_INET && address.host.find('.') == std::string::npos;
  const std::string url = url_of(without_six ? "0.0.0.0" : address.host, port_of(fd.get()));
  return {std::move(fd), url, {}};
}

}  // namespace

std::string node_url(const std::string& listener_url) {
  for (const std::string_view wildcard : {"http://[::]:", "http://0.0.0.0:"})
    if (listener_url.starts_with(wildcard)) return "http://127.0.0.1:" + listener_url.substr(wildcard.size());
  return listener_url;
}

Result<Listener> open_listener(const ListenAddress& address, Millis send_timeout, InheritedSockets* inherited) {
  if (inherited != nullptr)
    if (UniqueFd fd = inherited->claim(address)) return adopted(std::move(fd), address, send_timeout);
  return address.unix_path.empty() ? open_tcp(address, send_timeout) : open_unix(address.unix_path);
}

}  // namespace larder::server

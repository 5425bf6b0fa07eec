#include "fastcgi/connector.h"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

namespace larder::fastcgi {
namespace {

constexpr Millis kAskAgain = 20;

Error cancelled() { return Error{"cancelled", ECANCELED}; }

// False when stop_fd became readable.
bool pause(Millis time, int stop_fd) {
  pollfd stop{stop_fd, POLLIN, 0};
  return ::poll(&stop, 1, static_cast<int>(time)) <= 0;
}

Result<UniqueFd> wait_connected(UniqueFd socket, const RenderLimit& limit, int stop_fd) {
  while (!limit.over()) {
    std::array<pollfd, 2> fds = {{{socket.get(), POLLOUT, 0}, {stop_fd, POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), limit.poll_time());
    if (fds[1].revents != 0) return cancelled();
    if (fds[0].revents == 0) continue;
    int code = 0;
    socklen_t size = sizeof code;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
    if (code != 0) return system_error("connect", code);
    return socket;
  }
  return system_error("connect", ETIMEDOUT);
}

Result<UniqueFd> connect_socket(const sockaddr* address, socklen_t size, const RenderLimit& limit, int stop_fd) {
  UniqueFd socket(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return system_error("socket");
  if (address->sa_family != AF_UNIX) {
    const int on = 1;  // the end of a request must not wait for an acknowledgement
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (::connect(socket.get(), address, size) == 0) return socket;
  if (errno == EINPROGRESS || errno == EINTR) return wait_connected(std::move(socket), limit, stop_fd);
  return system_error("connect");
}

Result<UniqueFd> connect_unix(const std::string& path, const RenderLimit& limit, int stop_fd) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return system_error(path, ENAMETOOLONG);
  path.copy(address.sun_path, path.size());
  return connect_socket(reinterpret_cast<const sockaddr*>(&address), sizeof address, limit, stop_fd);
}

Result<UniqueFd> connect_tcp(const Address& to, const RenderLimit& limit, int stop_fd) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const std::string port = fmt::format("{}", to.port);
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  int code = ::getaddrinfo(to.host.c_str(), port.c_str(), &hints, &list);
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  if (code != 0) code = ::getaddrinfo(to.host.c_str(), port.c_str(), &hints, &list);
  if (code != 0) return Error{fmt::format("{}: {}", to.host, ::gai_strerror(code)), EHOSTUNREACH};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  Result<UniqueFd> result = system_error(to.host, EHOSTUNREACH);
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    result = connect_socket(one->ai_addr, one->ai_addrlen, limit, stop_fd);
    if (result || result.error().code == ECANCELED) break;
  }
  return result;
}

}  // namespace

Result<UniqueFd> connect_to(const Address& to, const RenderLimit& limit, Millis patience, int stop_fd) {
  const Millis give_up = limit.now() + patience;
  for (;;) {
    auto result = to.unix_path.empty() ? connect_tcp(to, limit, stop_fd) : connect_unix(to.unix_path, limit, stop_fd);
    if (result || result.error().code == ECANCELED) return result;
    const bool backlog_full = result.error().code == EAGAIN;
    if (limit.over() || (!backlog_full && limit.now() >= give_up)) return result;
    if (!pause(std::min(kAskAgain, limit.left()), stop_fd)) return cancelled();
  }
}

}  // namespace larder::fastcgi

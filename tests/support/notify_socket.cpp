#include "tests/support/notify_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

namespace larder::testing {

NotifySocket::NotifySocket(std::string path) : path_(std::move(path)) {
  ::unlink(path_.c_str());
  fd_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::system_error(errno, std::generic_category(), path_);
}

bool NotifySocket::wait_ready(Process& process, Millis limit) {
  std::array<pollfd, 2> events{{{fd_.get(), POLLIN, 0}, {process.pidfd(), POLLIN, 0}}};
  while (::poll(events.data(), events.size(), static_cast<int>(limit)) > 0) {
    if (events[0].revents == 0) return false;
    std::array<char, 4096> buffer;
    const ssize_t received = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (received <= 0) return false;
    const std::string_view message(buffer.data(), static_cast<std::size_t>(received));
    if (("\n" + std::string(message) + "\n").find("\nREADY=1\n") != std::string::npos) return true;
  }
  return false;
}

std::string NotifySocket::told() {
  std::string all;
  std::array<char, 4096> buffer;
  for (ssize_t got = 0; (got = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0;)
    all.append(buffer.data(), static_cast<std::size_t>(got)).append("\n");
  return all;
}

}  // namespace larder::testing

// bare_server: the least that a server can do: for whatever comes it sends the same bytes. One thread, epoll, and for
// each request one recv() and one send(): what is above its CPU time is a server's own, what is below it the kernel's.
//
//   bare_server ADDRESS PORT FILE      IPv4, numeric; the body
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

int listen_on(const char* address, const char* port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(std::strtoul(port, nullptr, 10)));
  ::inet_pton(AF_INET, address, &at.sin_addr);
  if (::bind(listener, static_cast<sockaddr*>(static_cast<void*>(&at)), sizeof at) != 0 || ::listen(listener, 128) != 0)
    return -1;
  return listener;
}

void watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

// The clients wait for an answer before they ask again, so the socket's buffer always has room for the whole of it.
void answer(int fd, const std::string& reply) {
  std::array<char, 4096> request;
  const auto got = ::recv(fd, request.data(), request.size(), 0);
  if (got <= 0 || ::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(reply.size()))
    ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("usage: bare_server ADDRESS PORT FILE\n", stderr), 2;
  const int listener = listen_on(argv[1], argv[2]);
  if (listener < 0) return std::perror("bare_server"), 1;
  std::ifstream file(argv[3], std::ios::binary);
  const std::string body{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::string reply = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, listener);
  std::array<epoll_event, 128> events;
  for (;;) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd != listener)
        answer(fd, reply);
      else if (const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC); client >= 0)
        watch(epoll, client);
    }
  }
}

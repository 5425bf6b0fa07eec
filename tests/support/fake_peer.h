// FakePeer: a server that takes one request a connection, keeps it, and answers with the next of its status lines (the
// last one for ever). An empty line means: it never answers.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "tests/support/catch.h"
#include "tests/support/patience.h"

namespace larder::testing {

class FakePeer {
 public:
  explicit FakePeer(std::vector<std::string> answers = {"HTTP/1.1 200 OK"}) : answers_(std::move(answers)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener_.get(), raw, size) == 0);
    REQUIRE(::listen(listener_.get(), 16) == 0);
    REQUIRE(::getsockname(listener_.get(), raw, &size) == 0);
    port_ = std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { run(); });
  }
  ~FakePeer() {
    ::eventfd_write(end_.get(), 1);
    thread_.join();
  }

  const std::string& port() const { return port_; }  // of 127.0.0.1
  std::vector<std::string> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }
  bool gets(std::size_t requests) const {  // waits for it
    return eventually([&] { return this->requests().size() >= requests; });
  }

 private:
  bool readable(int fd) const {
    std::array<pollfd, 2> watched = {{{fd, POLLIN, 0}, {end_.get(), POLLIN, 0}}};
    return ::poll(watched.data(), watched.size(), -1) > 0 && watched[1].revents == 0;
  }
  void run() {
    std::vector<UniqueFd> hanging;
    while (readable(listener_.get())) {
      UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      std::string request;
      while (!is_whole(request) && readable(fd.get())) {
        std::array<char, 65536> bytes;
        const auto got = ::recv(fd.get(), bytes.data(), bytes.size(), 0);
        if (got <= 0) break;
        request.append(bytes.data(), static_cast<std::size_t>(got));
      }
      std::string answer;
      {
        std::lock_guard lock(mutex_);
        answer = answers_[std::min(requests_.size(), answers_.size() - 1)];
        requests_.push_back(request);
      }
      if (answer.empty())
        hanging.push_back(std::move(fd));
      else
        send(fd.get(), answer + "\r\n\r\n");
    }
  }
  static void send(int fd, const std::string& text) { (void)!::send(fd, text.data(), text.size(), MSG_NOSIGNAL); }
  static bool is_whole(const std::string& request) {
    const std::size_t head = request.find("\r\n\r\n"), length = request.find("Content-Length: ");
    return head != std::string::npos && length != std::string::npos &&
           request.size() >= head + 4 + std::stoul(request.substr(length + 16));
  }

  const std::vector<std::string> answers_;
  UniqueFd listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}, end_{::eventfd(0, EFD_CLOEXEC)};
  std::string port_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace larder::testing

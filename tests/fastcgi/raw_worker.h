// A listening Unix socket whose connections a test answers byte by byte: for what no FastCGI library would do.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#include "base/unique_fd.h"
#include "tests/support/temp_dir.h"

namespace larder::fastcgi::testing {

class RawWorker {
 public:
  explicit RawWorker(int backlog = 16) : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_.get(), backlog) != 0)
      throw std::system_error(errno, std::generic_category(), path());
  }
  ~RawWorker() { finish(); }

  std::string path() const { return directory_ / "raw.sock"; }
  UniqueFd accept() { return UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }

  // Serves connections in a thread: each is passed to `answer` and closed. Ends after `connections`.
  void serve(int connections, std::function<void(int socket, int number)> answer) {
    thread_ = std::thread([this, connections, answer = std::move(answer)] {
      for (int i = 0; i < connections; ++i) {
        const UniqueFd socket = accept();
        if (!socket) return;
        answer(socket.get(), i);
      }
    });
  }
  void finish() {
    if (!thread_.joinable()) return;
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  static void say(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // Reads until the other side closes.
  static void hear_all(int socket) {
    char bytes[4096];
    while (::recv(socket, bytes, sizeof bytes, 0) > 0) {
    }
  }

 private:
  larder::testing::TempDir directory_;
  UniqueFd listener_;
  std::thread thread_;
};

}  // namespace larder::fastcgi::testing

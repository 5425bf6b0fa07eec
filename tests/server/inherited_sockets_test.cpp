#include "server/inherited_sockets.h"

#include <fcntl.h>

#include "server/listener.h"
#include "server/setting_value.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace larder;
using namespace larder::server;

namespace {

ListenAddress at(const std::string& text) { return *parse_listen_address(text); }

UniqueFd open_at(const std::string& text) {
  auto listener = open_listener(at(text), 1'000);
  REQUIRE(listener);
  return std::move(listener->fd);
}

std::string port_of(const std::string& url) { return url.substr(url.rfind(':') + 1); }

}  // namespace

TEST_CASE("An inherited socket is the listener of its address, and of that alone") {
  auto first = open_listener(at("127.0.0.1:0"), 1'000);
  REQUIRE(first);
  const std::string url = first->url, port = port_of(url);
  const int fd = first->fd.get();
  std::vector<UniqueFd> sockets;
  sockets.push_back(std::move(first->fd));
  InheritedSockets inherited(std::move(sockets));
  CHECK_FALSE(inherited.claim(at("127.0.0.2:" + port)));
  CHECK_FALSE(inherited.claim(at("127.0.0.1:1")));
  CHECK_FALSE(inherited.claim(at("[::]:" + port)));
  CHECK_FALSE(inherited.claim(at("unix:/run/larder.sock")));
  const auto again = open_listener(at("127.0.0.1:" + port), 1'000, &inherited);
  REQUIRE(again);
  CHECK(again->fd.get() == fd);
  CHECK(again->url == url);
  CHECK(inherited.left() == 0);
}

TEST_CASE("Any port is the port that was had before") {
  std::vector<UniqueFd> sockets;
  sockets.push_back(open_at("127.0.0.1:0"));
  InheritedSockets inherited(std::move(sockets));
  CHECK(inherited.claim(at("127.0.0.1:0")));
  CHECK_FALSE(inherited.claim(at("127.0.0.1:0")));
}

TEST_CASE("A claimed socket does not block and is not passed on to PHP") {
  std::vector<UniqueFd> sockets;
  sockets.push_back(open_at("127.0.0.1:0"));
  ::fcntl(sockets[0].get(), F_SETFD, 0);
  ::fcntl(sockets[0].get(), F_SETFL, 0);
  const UniqueFd claimed = InheritedSockets(std::move(sockets)).claim(at("127.0.0.1:0"));
  REQUIRE(claimed);
  CHECK((::fcntl(claimed.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(claimed.get(), F_GETFL) & O_NONBLOCK) != 0);
}

TEST_CASE("A socket of Unix is known by its path, and one that does not listen is none") {
  const larder::testing::TempDir directory;
  std::vector<UniqueFd> sockets;
  sockets.push_back(UniqueFd(::open("/dev/null", O_RDONLY)));
  sockets.push_back(open_at("unix:" + (directory / "a")));
  InheritedSockets inherited(std::move(sockets));
  CHECK_FALSE(inherited.claim(at("unix:" + (directory / "b"))));
  CHECK(inherited.claim(at("unix:" + (directory / "a"))));
  CHECK(inherited.left() == 1);
}

#include "server/control.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <optional>

#include "server/line_port.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace larder;
using namespace larder::server;
using larder::testing::TempDir;

namespace {

Listener listen_at(const std::string& path) {
  ListenAddress address;
  address.unix_path = path;
  auto listener = open_listener(address, 1'000);
  REQUIRE(listener);
  return std::move(*listener);
}

UniqueFd connect_to(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

std::string read_all(const UniqueFd& fd) {
  std::string all;
  char byte = 0;
  while (::recv(fd.get(), &byte, 1, 0) == 1) all += byte;
  return all;
}

void say(const UniqueFd& fd, std::string_view text) {
  REQUIRE(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
}

// A daemon as far as its commands go, with a runtime directory of its own.
struct FakeDaemon {
  explicit FakeDaemon(const std::string& place, pid_t pid) : directory(place + "/larder-" + std::to_string(pid)) {
    std::filesystem::create_directory(directory);
    port.emplace(
        listen_at(directory + "/control"), LinePort::Kind::answers_a_line,
        [this](std::string_view line) { return answer_command(commands, line); }, clock);
  }
  std::string directory;
  SystemClock clock;
  Commands commands = {{"drain", [](std::string_view) -> Result<std::string> { return std::string("draining"); }},
                       {"echo", [](std::string_view words) -> Result<std::string> { return std::string(words); }},
                       {"jump", [](std::string_view) -> Result<std::string> { return Error{"no legs"}; }}};
  std::optional<LinePort> port;
};

struct Place {
  Place() { ::setenv("RUNTIME_DIRECTORY", directory.path().c_str(), 1); }
  ~Place() { ::unsetenv("RUNTIME_DIRECTORY"); }
  TempDir directory;
};

}  // namespace

TEST_CASE("A port that answers at once says its text to everybody who comes") {
  const TempDir directory;
  SystemClock clock;
  int asked = 0;
  LinePort port(
      listen_at(directory / "agent"), LinePort::Kind::answers_at_once,
      [&](std::string_view) { return "ready " + std::to_string(++asked) + "\n"; }, clock);
  CHECK(read_all(connect_to(directory / "agent")) == "ready 1\n");
  const UniqueFd talker = connect_to(directory / "agent");
  say(talker, "what HAProxy may send with agent-send\n");
  CHECK(read_all(talker) == "ready 2\n");
}

TEST_CASE("A port that is asked reads one line, however it comes, and answers no half line") {
  const TempDir directory;
  SystemClock clock;
  LinePort port(
      listen_at(directory / "port"), LinePort::Kind::answers_a_line,
      [](std::string_view line) { return "[" + std::string(line) + "]"; }, clock);
  const UniqueFd whole = connect_to(directory / "port"), pieces = connect_to(directory / "port");
  say(pieces, "dr");
  say(whole, "drain\nand more");
  CHECK(read_all(whole) == "[drain]");
  say(pieces, "ain\n");
  CHECK(read_all(pieces) == "[drain]");
  const UniqueFd silent = connect_to(directory / "port");
  CHECK(read_all(silent).empty());  // cut off in time
  const UniqueFd endless = connect_to(directory / "port");
  say(endless, std::string(200'000, 'x'));
  CHECK(read_all(endless).empty());
}

TEST_CASE("Many who say nothing do not keep others out") {
  const TempDir directory;
  SystemClock clock;
  LinePort port(
      listen_at(directory / "port"), LinePort::Kind::answers_a_line,
      [](std::string_view) { return std::string("yes"); }, clock);
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(connect_to(directory / "port"));
  for (const UniqueFd& fd : silent) CHECK(read_all(fd).empty());
  const UniqueFd asks = connect_to(directory / "port");
  say(asks, "drain\n");
  CHECK(read_all(asks) == "yes");
}

TEST_CASE("A command reaches the daemon, and its answer comes back") {
  const Place place;
  const FakeDaemon daemon(place.directory.path(), ::getpid());
  CHECK(tell_daemon("drain", ::getpid()).value() == "draining");
  CHECK(tell_daemon("jump", ::getpid()).error().message == "no legs");
  CHECK(tell_daemon("echo two words", ::getpid()).value() == "two words");
  CHECK(tell_daemon("fly", ::getpid()).error().message == "no command \"fly\"");
}

TEST_CASE("Of several daemons one must be chosen, and of none nobody can be") {
  const TempDir directory;
  CHECK(control_sockets({directory.path(), directory / "missing"}).empty());
  const FakeDaemon one(directory.path(), 1001), other(directory.path(), 1002);
  std::filesystem::create_directory(directory / "larder-1003");
  directory.write("larder-1003/control", "no socket");
  CHECK(control_sockets({directory.path()}).size() == 2);
  const auto nobody = tell_daemon("drain", 4'000'000);
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().message.find("4000000") != std::string::npos);
}

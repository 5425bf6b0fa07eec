#include "server/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include "base/unique_fd.h"
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temp_dir.h"

using larder::ManualClock;
using larder::UniqueFd;
using larder::server::Supervisor;

namespace {

// Stands where systemd stands.
struct Systemd {
  explicit Systemd(const char* watchdog_us) {
    const std::string path = directory / "notify";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    if (watchdog_us != nullptr) ::setenv("WATCHDOG_USEC", watchdog_us, 1);
  }
  ~Systemd() {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
  }
  std::string told() const {
    std::string all;
    std::array<char, 256> buffer;
    for (ssize_t got = 0; (got = ::recv(socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0;)
      all.append(buffer.data(), static_cast<std::size_t>(got)).append("\n");
    return all;
  }
  larder::testing::TempDir directory;
  UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

}  // namespace

TEST_CASE("systemd hears that we are ready and that we stop") {
  Systemd systemd(nullptr);
  ManualClock clock;
  Supervisor supervisor(clock);
  supervisor.ready();
  CHECK(systemd.told() == "READY=1\n");
  supervisor.stopping();
  CHECK(systemd.told() == "STOPPING=1\n");
}

TEST_CASE("The watchdog hears of us twice in its interval") {
  Systemd systemd("10000000");
  ManualClock clock;
  Supervisor supervisor(clock);
  supervisor.alive();
  CHECK(systemd.told() == "WATCHDOG=1\n");
  clock.advance(4'900);
  supervisor.alive();
  CHECK(systemd.told().empty());
  clock.advance(100);
  supervisor.alive();
  supervisor.alive();
  CHECK(systemd.told() == "WATCHDOG=1\n");
}

TEST_CASE("Without a watchdog nothing is told") {
  Systemd systemd(nullptr);
  ManualClock clock;
  Supervisor supervisor(clock);
  supervisor.alive();
  CHECK(systemd.told().empty());
}

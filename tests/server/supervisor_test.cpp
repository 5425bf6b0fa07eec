#include "server/supervisor.h"

#include <unistd.h>

#include <cstdlib>

#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/notify_socket.h"
#include "tests/support/temp_dir.h"

using larder::ManualClock;
using larder::server::Supervisor;
using namespace larder::testing;

namespace {

// Stands where systemd stands.
struct Systemd {
  explicit Systemd(const char* watchdog_us) {
    ::setenv("NOTIFY_SOCKET", socket.path().c_str(), 1);
    if (watchdog_us != nullptr) ::setenv("WATCHDOG_USEC", watchdog_us, 1);
  }
  ~Systemd() {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
  }
  std::string told() { return socket.told(); }
  TempDir directory;
  NotifySocket socket{directory / "notify"};
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

TEST_CASE("The listening sockets are left with systemd, but for those that have a path") {
  Systemd systemd(nullptr);
  std::vector<larder::server::Listener> listeners;
  listeners.push_back({larder::UniqueFd(::dup(2)), "http://[::]:80", ""});
  Supervisor::keep(listeners);
  CHECK(systemd.told() == "FDSTOREREMOVE=1\nFDNAME=larder\nFDSTORE=1\nFDNAME=larder\n");
}

TEST_CASE("Who was given no sockets has none, and who was has them once") {
  CHECK(Supervisor::inherited().left() == 0);
  ::setenv("LISTEN_PID", "1", 1);  // meant for somebody else
  ::setenv("LISTEN_FDS", "1", 1);
  CHECK(Supervisor::inherited().left() == 0);
  CHECK(std::getenv("LISTEN_FDS") == nullptr);
}

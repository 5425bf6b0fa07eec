#include "server/supervisor.h"

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

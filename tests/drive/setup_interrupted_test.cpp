// Killed at every moment, and run again.
#include "tests/drive/setup_fixture.h"

using namespace larder::drive;
using namespace larder::drive::testing;

namespace {

// Sets up the stick, killed at the n-th moment; false when there is none so late.
bool set_up_until(PiWithStick& pi, int moment) {
  pi.machine.kill_at = moment;
  try {
    const auto done = pi.set_up();
    REQUIRE(done);
    return false;
  } catch (const Killed&) {
    return true;
  }
}

// Whatever the moment, the second run ends as one that was never disturbed. Returns the number of moments.
int kill_everywhere(bool systemd, bool reboot) {
  for (int moment = 0;; ++moment) {
    PiWithStick pi;
    pi.machine.systemd = systemd;
    if (!set_up_until(pi, moment)) return moment;
    INFO("killed at moment " << moment << ", after: " << pi.machine.said);
    if (reboot) pi.machine.reboot();
    REQUIRE(pi.set_up());
    pi.check_is_set_up();
  }
}

}  // namespace

TEST_CASE("killed at any moment and run again it comes out right") {
  CHECK(kill_everywhere(true, false) > 20);
  CHECK(kill_everywhere(false, false) > 20);
}

TEST_CASE("after a loss of power at any moment it comes out right") {
  CHECK(kill_everywhere(true, true) > 20);
  CHECK(kill_everywhere(false, true) > 20);
}

TEST_CASE("what the first run was asked is asked again until the drive bears its label, and never after") {
  bool labelled = false;
  for (int moment = 0;; ++moment) {
    PiWithStick pi;
    if (!set_up_until(pi, moment)) break;
    INFO("killed at moment " << moment << ", after: " << pi.machine.said);
    pi.options.erase_unasked = false;  // and nobody is there to say yes
    labelled = pi.stick().content.label == "larder";
    pi.machine.commands.clear();
    CHECK(pi.set_up().ok() == labelled);
    for (const std::string& command : pi.machine.commands) {
      CHECK_FALSE(command.starts_with("wipefs"));
      CHECK_FALSE(command.starts_with("mkfs"));
    }
  }
  CHECK(labelled);
}

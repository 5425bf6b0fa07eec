#include "fastcgi/restart_delay.h"

#include <vector>

#include "tests/support/catch.h"

using larder::Millis;
using larder::fastcgi::RestartDelay;

TEST_CASE("a program that keeps ending early is started ever later, up to 30 s") {
  RestartDelay delay;
  std::vector<Millis> delays;
  for (int i = 0; i < 8; ++i) delays.push_back(delay.after(50));
  CHECK(delays == std::vector<Millis>{1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000, 30'000});
}

TEST_CASE("a program that was well is started at once and has a clean slate") {
  RestartDelay delay;
  CHECK(delay.after(RestartDelay::kEarly) == 0);
  CHECK(delay.after(0) == 1'000);
  CHECK(delay.after(0) == 2'000);
  CHECK(delay.after(RestartDelay::kEarly) == 0);
  CHECK(delay.after(0) == 1'000);
}

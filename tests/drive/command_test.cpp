#include "drive/command.h"

#include <cerrno>

#include "tests/support/catch.h"
#include "tests/support/patience.h"

using namespace larder::drive;
using larder::testing::patience;

namespace {

Finished run(const std::string& script) {
  auto finished = run_command({"sh", "-c", script}, patience());
  REQUIRE(finished);
  return *std::move(finished);
}

}  // namespace

TEST_CASE("a command's output, errors too, and its exit code are heard") {
  const Finished finished = run("echo out; echo err >&2; exit 3");
  CHECK(finished.output == "out\nerr\n");
  CHECK(finished.code == 3);
}

TEST_CASE("a command that says more than a pipe holds is heard to its end") {
  CHECK(run("head -c 300000 /dev/zero").output.size() == 300'000);
}

TEST_CASE("no more is kept of a command's words than a mebibyte") {
  CHECK(run("head -c 3000000 /dev/zero").output.size() == 1 << 20);
}

TEST_CASE("a command gets no input, and a language that does not depend on the caller's") {
  CHECK(run("cat; echo $LC_ALL").output == "C.UTF-8\n");
}

TEST_CASE("a command that is not there is an error, wherever PATH leads") {
  const auto finished = run_command({"no-such-program"}, patience());
  REQUIRE_FALSE(finished);
  CHECK(finished.error().message == "the program no-such-program is not installed");
  CHECK(finished.error().code == ENOENT);
}

TEST_CASE("a command that was killed has not succeeded") {
  const auto finished = run_command({"sh", "-c", "kill -9 $$"}, patience());
  REQUIRE_FALSE(finished);
  CHECK(finished.error().message == "sh was killed by signal 9");
}

TEST_CASE("a command that hangs is killed when its time is up") {
  const auto finished = run_command({"sleep", "1000"}, 1);
  REQUIRE_FALSE(finished);
  CHECK(finished.error().code == ETIMEDOUT);
}

TEST_CASE("a command that closes its output early is still waited for") {
  CHECK(run("exec >/dev/null 2>&1; exit 5").code == 5);
}

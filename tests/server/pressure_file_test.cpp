#include "server/pressure_file.h"

#include <unistd.h>

#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace larder::server;
using governor::Pressure;
using larder::testing::TempDir;

namespace {

std::string runtime_dir(const TempDir& place, const std::string& pid) {
  const std::string path = place / ("larder-" + pid);
  std::filesystem::create_directory(path);
  return path;
}

const std::string kSelf = std::to_string(::getpid());

}  // namespace

TEST_CASE("What a living daemon tells is read, the last thing it told") {
  const TempDir place;
  const std::string dir = runtime_dir(place, kSelf);
  REQUIRE(write_pressure_file(dir, Pressure::orange).ok());
  CHECK(read_pressure_files({place.path()}) == Pressure::orange);
  REQUIRE(write_pressure_file(dir, Pressure::green).ok());
  CHECK(read_pressure_files({place.path()}) == Pressure::green);
}

TEST_CASE("The highest of several daemons counts, those that were killed do not") {
  const TempDir first, second;
  REQUIRE(write_pressure_file(runtime_dir(first, kSelf), Pressure::yellow).ok());
  REQUIRE(write_pressure_file(runtime_dir(second, std::to_string(::getppid())), Pressure::orange).ok());
  REQUIRE(write_pressure_file(runtime_dir(second, "999999999"), Pressure::red).ok());
  CHECK(read_pressure_files({first.path(), "/nonexistent", second.path()}) == Pressure::orange);
}

TEST_CASE("Nobody tells anything where there is no daemon, or only nonsense") {
  const TempDir place;
  CHECK_FALSE(read_pressure_files({place.path(), "/nonexistent"}));
  place.write("larder-" + kSelf + "/pressure", "PURPLE\n");
  place.write("larder-x/pressure", "RED\n");
  place.write("other-" + kSelf + "/pressure", "RED\n");
  CHECK_FALSE(read_pressure_files({place.path()}));
}

TEST_CASE("A directory that is gone is an error with its path") {
  const auto status = write_pressure_file("/nonexistent", Pressure::red);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message.find("/nonexistent/pressure") != std::string::npos);
}

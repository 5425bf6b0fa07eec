#include "arm/board.h"

#include <unistd.h>

#include <array>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace larder::arm;
using larder::testing::TempDir;

namespace {

// What default_served_by() says on a board whose device tree holds this text.
std::string served_by(const std::string& model) {
  const TempDir tree;
  tree.write("model", model);
  CHECK(board_model(tree.path()) == default_served_by(tree.path()));
  return board_model(tree.path());
}

std::string with_nul(std::string text) { return text + '\0'; }

}  // namespace

TEST_CASE("A Raspberry Pi is called what people call it") {
  CHECK(served_by(with_nul("Raspberry Pi Model B Rev 2")) == "Raspberry Pi");
  CHECK(served_by(with_nul("Raspberry Pi 2 Model B Rev 1.1")) == "Raspberry Pi 2");
  CHECK(served_by(with_nul("Raspberry Pi 3 Model B Rev 1.2")) == "Raspberry Pi 3");
  CHECK(served_by(with_nul("Raspberry Pi 3 Model B Plus Rev 1.3")) == "Raspberry Pi 3");
  CHECK(served_by(with_nul("Raspberry Pi 4 Model B Rev 1.4")) == "Raspberry Pi 4");
  CHECK(served_by(with_nul("Raspberry Pi 5 Model B Rev 1.0")) == "Raspberry Pi 5");
  CHECK(served_by(with_nul("Raspberry Pi Zero 2 W Rev 1.0")) == "Raspberry Pi Zero 2 W");
  CHECK(served_by(with_nul("Raspberry Pi Compute Module 4 Rev 1.0")) == "Raspberry Pi Compute Module 4");
}

TEST_CASE("Another board keeps its own name, with or without the NUL at its end") {
  CHECK(served_by(with_nul("linux,dummy-virt")) == "linux,dummy-virt");
  CHECK(served_by("Radxa ROCK 4C+\n") == "Radxa ROCK 4C+");
}

TEST_CASE("A machine without a device tree is called by its host name") {
  const TempDir empty;
  CHECK(board_model(empty.path()).empty());
  std::array<char, 256> host{};
  REQUIRE(::gethostname(host.data(), host.size() - 1) == 0);
  CHECK(default_served_by(empty.path()) == host.data());
  CHECK_FALSE(default_served_by(empty / "none").empty());
}

TEST_CASE("An empty model is no model") { CHECK(board_model(TempDir().path()).empty()); }

TEST_CASE("There is always a core") { CHECK(core_count() >= 1); }

TEST_CASE("Memory is read from meminfo, in bytes, beyond 4 GiB too") {
  const TempDir dir;
  CHECK(memory_total(dir.write("pi3", "MemTotal:         947732 kB\nMemFree: 1 kB\n")) == 970477568);
  CHECK(memory_total(dir.write("pi5", "MemFree: 1 kB\nMemTotal:       8245968 kB\n")) == 8443871232);
  CHECK(memory_total(dir.write("odd", "nothing to see")) == 0);
  CHECK(memory_total(dir / "none") == 0);
  CHECK(memory_total() > 0);
}

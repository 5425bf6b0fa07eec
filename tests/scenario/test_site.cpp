#include "tests/scenario/test_site.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/patience.h"

namespace larder::testing {

TestSite::TestSite() {
  std::filesystem::copy(LARDER_SITE, root(), std::filesystem::copy_options::recursive);
  std::filesystem::create_directory(directory_ / "state");
  // Not in the repository, because git would not have it there.
  write(".git/config", "secret");
}

void TestSite::open_gate(const std::string& name) const { directory_.write("state/gate-" + name, "open"); }

pid_t TestSite::worker_at_gate(const std::string& name) const {
  const bool waiting = eventually([&] { return !read_file(state("waiting-" + name)).empty(); });
  INFO("a page should wait at gate " << name);
  REQUIRE(waiting);
  return static_cast<pid_t>(std::stol(read_file(state("waiting-" + name))));
}

void TestSite::forget_worker(const std::string& name) const { std::filesystem::remove(state("waiting-" + name)); }

std::uint64_t TestSite::count(const std::string& name) const {
  return std::strtoull(read_file(state(name)).c_str(), nullptr, 10);
}

void TestSite::make_download(std::uint64_t bytes) const {
  const std::string path = directory_.write("state/big", "begin");
  std::filesystem::resize_file(path, bytes);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(bytes - 3));
  file.write("end", 3);
}

}  // namespace larder::testing

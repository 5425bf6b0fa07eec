// `larder check` and the refusals at start: one clear line for each mistake.
#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"

using namespace larder::testing;

namespace {

struct Checked {
  explicit Checked(const std::string& extra, const std::vector<std::string>& options = {}) {
    const std::string cache = directory / "cache";
    std::filesystem::create_directory(cache);
    text = "[site]\nroot = " + site.root() + "\n[cache]\npath = " + cache + "\nsize = 64M\n" + extra;
    std::vector<std::string> arguments = {"check", "--config", directory.write("larder.ini", text)};
    arguments.insert(arguments.end(), options.begin(), options.end());
    finished = run_larder(arguments);
  }
  // The lines that are complaints: those that name the file or the option.
  std::size_t complaints() const {
    std::size_t number = 0;
    for (std::size_t at = finished.errors.find('\n'); at != std::string::npos; at = finished.errors.find('\n', at + 1))
      ++number;
    return number;
  }
  void expect_complaint(const std::vector<std::string>& words) const {
    INFO(text);
    INFO(finished.output);
    INFO(finished.errors);
    CHECK(finished.exit == 1);
    for (const std::string& word : words) {
      INFO(word);
      CHECK(finished.errors.find(word) != std::string::npos);
    }
    CHECK(complaints() == 1);
  }
  TestSite site;
  TempDir directory;
  std::string text;
  Finished finished;
};

}  // namespace

TEST_CASE("A good configuration is shown with where each value comes from") {
  const Checked checked("default_ttl = 5m\n[php]\nworkers = 3\n", {"--set", "php.queue=7"});
  INFO(checked.finished.errors);
  CHECK(checked.finished.exit == 0);
  for (const char* shown : {"default_ttl", "5m", "larder.ini:6", "workers", "larder.ini:8", "queue", "--set",
                            "ignored_params", "default"}) {
    INFO(shown);
    INFO(checked.finished.output);
    CHECK(checked.finished.output.find(shown) != std::string::npos);
  }
}

TEST_CASE("A misspelt key is named with its line and the nearest name") {
  Checked("defualt_ttl = 5m\n").expect_complaint({"larder.ini:6", "defualt_ttl", "default_ttl"});
}

TEST_CASE("A bad unit is named with its line and what would do") {
  Checked("default_ttl = 5 parsecs\n").expect_complaint({"larder.ini:6", "default_ttl", "5 parsecs"});
  Checked("memory = 12X\n").expect_complaint({"larder.ini:6", "memory", "12X"});
}

TEST_CASE("A section that does not exist is named") {
  Checked("[cahce]\nsize = 1G\n").expect_complaint({"larder.ini:6", "cahce", "cache"});
}

TEST_CASE("A missing root is named") {
  Checked("[site blog]\nhosts = blog.test\nroot = /nowhere/at/all\n")
      .expect_complaint({"larder.ini:8", "/nowhere/at/all"});
}

TEST_CASE("An unwritable cache path is named") {
  // Not by permissions: these tests may run as root, who may write everywhere but in /proc.
  Checked("", {"--set", "cache.path=/proc/larder"}).expect_complaint({"cache.path", "/proc/larder"});
  Checked("", {"--set", "cache.path=/proc/self"}).expect_complaint({"cache.path", "/proc/self"});
}

TEST_CASE("A mistake on the command line is named as such") {
  Checked("", {"--set", "php.workres=4"}).expect_complaint({"--set php.workres=4", "workers"});
}

TEST_CASE("A configuration that is not there is named") {
  const Finished finished = run_larder({"check", "--config", "/nowhere/larder.ini"});
  CHECK(finished.exit == 1);
  CHECK(finished.errors.find("/nowhere/larder.ini") != std::string::npos);
}

TEST_CASE("A daemon does not start with a mistake in its configuration") {
  TestSite site;
  const Finished finished = run_larder({"serve", "--set", site.setting(), "--set", "php.workres=4"});
  CHECK(finished.exit == 1);
  CHECK(finished.errors.find("php.workres") != std::string::npos);
}

TEST_CASE("Two daemons do not share a cache") {
  TestSite site;
  LarderDaemon first({site.setting(), "php.workers=1"});
  const TempDir directory;
  const std::string config = directory.write(
      "larder.ini", ini_text({site.setting(), "server.listen=127.0.0.1:0", "cache.path=" + first.cache_path(),
                              "cache.size=64M", "php.address=unix:" + (directory / "none")}));
  const Finished second = run_larder({"serve", "--config", config});
  INFO(second.errors);
  CHECK(second.exit == 1);
  CHECK(second.errors.find(first.cache_path()) != std::string::npos);
  CHECK(second.errors.find("another") != std::string::npos);
  first.client().get("/article/1").send().expect(200);
}

TEST_CASE("An address that is taken is named") {
  TestSite site;
  LarderDaemon first({site.setting(), "php.workers=1"});
  const TempDir directory;
  std::filesystem::create_directory(directory / "cache");
  const std::string port = std::to_string(first.port());
  const std::string config = directory.write(
      "larder.ini", ini_text({site.setting(), "server.listen=127.0.0.1:" + port, "cache.path=" + (directory / "cache"),
                              "cache.size=64M", "php.address=unix:" + (directory / "none")}));
  const Finished second = run_larder({"serve", "--config", config});
  INFO(second.errors);
  CHECK(second.exit == 1);
  CHECK(second.errors.find("127.0.0.1:" + port) != std::string::npos);
}

TEST_CASE("The program says what it is and how it is used") {
  const Finished version = run_larder({"--version"});
  CHECK(version.exit == 0);
  CHECK(version.output.find("larder ") != std::string::npos);
  CHECK(version.output.find("libmicrohttpd") != std::string::npos);
  const Finished help = run_larder({"--help"});
  CHECK(help.exit == 0);
  CHECK(help.output.find("serve") != std::string::npos);
  CHECK(help.output.find("check") != std::string::npos);
  CHECK(run_larder({"srve"}).exit != 0);
}

#include "server/environment.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace larder::server;
using larder::testing::TempDir;

namespace {

Settings plain_settings(const TempDir& dir) {
  Settings settings;
  settings.sites.emplace_back();
  settings.sites.back().root = dir.path();
  settings.cache.path = dir.path();
  return settings;
}

std::vector<std::string> messages(const Settings& settings) {
  std::vector<std::string> result;
  for (const Problem& problem : check_environment(settings, {})) result.push_back(problem.message);
  return result;
}

using Lines = std::vector<std::string>;

// The messages as an ordinary user gets them: root may do anything, so a child gives its rights away first.
std::string messages_of_nobody(const Settings& settings) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(1);
    for (const std::string& message : messages(settings))
      if (::write(ends[1], (message + "\n").data(), message.size() + 1) < 0) ::_exit(1);
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text(4096, '\0');
  std::size_t size = 0;
  for (ssize_t got; (got = ::read(ends[0], text.data() + size, text.size() - size)) > 0;)
    size += static_cast<std::size_t>(got);
  ::close(ends[0]);
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  text.resize(size);
  return text;
}

}  // namespace

TEST_CASE("A machine that has everything has no problems, and keeps no trace of the check") {
  const TempDir dir;
  CHECK(messages(plain_settings(dir)) == Lines{});
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE("The root of a site must be a directory that is there") {
  const TempDir dir;
  Settings settings = plain_settings(dir);
  settings.sites[0].root = dir / "none";
  settings.sites.emplace_back();
  settings.sites[1].name = "blog";
  settings.sites[1].root = dir.write("file", "x");
  CHECK(messages(settings) == Lines{"site.root: " + dir / "none" + " does not exist",
                                    "site blog.root: " + dir / "file" + " is not a directory"});
}

TEST_CASE("The cache path must be a directory, or one that can be made") {
  const TempDir dir;
  Settings settings = plain_settings(dir);
  settings.cache.path = dir / "new";
  CHECK(messages(settings) == Lines{});
  settings.cache.path = dir / "new/";
  CHECK(messages(settings) == Lines{});
  CHECK(std::filesystem::is_empty(dir.path()));
  settings.cache.path = dir / "no/such/place";
  CHECK(messages(settings) ==
        Lines{"cache.path: neither " + dir / "no/such/place" + " nor " + dir / "no/such" + " exists"});
  settings.cache.path = dir.write("file", "x");
  CHECK(messages(settings) == Lines{"cache.path: " + dir / "file" + " is neither a directory nor a block device"});
  settings.cache.path = "";
  CHECK(messages(settings) == Lines{});
}

TEST_CASE("A cache drive that is not there is told, and waited for") {
  const TempDir dir;
  Settings settings = plain_settings(dir);
  for (const std::string& path : {dir / "no/such/place", std::string("/dev/no-such-drive")}) {
    settings.cache.path = path;
    const auto problems = check_environment(settings, {});
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].may_pass);
  }
  settings.cache.path = dir.write("file", "x");
  CHECK_FALSE(check_environment(settings, {}).at(0).may_pass);
}

TEST_CASE("A cache path that cannot be written is found out even for root") {
  const TempDir dir;
  Settings settings = plain_settings(dir);
  settings.cache.path = "/proc/larder";  // the permission bits there promise root everything
  REQUIRE(messages(settings).size() == 1);
  CHECK(messages(settings)[0].starts_with("cache.path: /proc cannot be written by this user: "));
}

TEST_CASE("A directory without permission is named together with the reason") {
  const TempDir dir;
  Settings settings = plain_settings(dir);
  std::filesystem::create_directory(dir / "locked");
  ::chmod(dir.path().c_str(), 0755);
  ::chmod((dir / "locked").c_str(), 0500);
  settings.cache.path = dir / "locked";
  CHECK(messages_of_nobody(settings) ==
        "cache.path: " + dir / "locked" + " cannot be written by this user: Permission denied\n");
  settings.cache.path = "";
  ::chmod((dir / "locked").c_str(), 0000);
  settings.sites[0].root = dir / "locked";
  CHECK(messages_of_nobody(settings) == "site.root: " + dir / "locked" + " cannot be read by this user\n");
  ::chmod((dir / "locked").c_str(), 0700);
}

TEST_CASE("Files of the access log and Unix sockets need a directory to lie in") {
  const TempDir dir;
  Settings settings = plain_settings(dir);
  settings.log.access = AccessLog::file;
  settings.log.access_file = dir / "access.log";
  settings.server.listen.push_back({dir / "http.sock", "", 0});
  CHECK(messages(settings) == Lines{});
  settings.log.access_file = dir / "no/access.log";
  settings.server.listen[0].unix_path = dir / "no/http.sock";
  CHECK(messages(settings) == Lines{"log.access: the directory of " + dir / "no/access.log" + " does not exist",
                                    "server.listen: the directory of " + dir / "no/http.sock" + " does not exist"});
  settings.server.listen.clear();
  settings.log.access_file = dir.path();
  CHECK(messages(settings) == Lines{"log.access: " + dir.path() + " is a directory"});
}

TEST_CASE("Somebody must be trusted who is to send PROXY headers") {
  const TempDir dir;
  Settings settings = plain_settings(dir);
  settings.server.proxy_protocol = true;
  CHECK(messages(settings) ==
        Lines{"server.proxy_protocol: nobody may send PROXY headers; name the balancers in server.trusted_proxies"});
  settings.server.trusted_proxies = {*Network::parse("192.0.2.10")};
  CHECK(messages(settings).empty());
}

TEST_CASE("A php-fpm that is named by its path must be a program") {
  const TempDir dir;
  Settings settings = plain_settings(dir);
  settings.php.version = "/bin/sh";
  CHECK(messages(settings).empty());
  for (const std::string& path : {dir / "nothing", dir.write("text", ""), dir.path()}) {
    settings.php.version = path;
    CHECK(messages(settings) == Lines{"php.version: " + path + " is no program that can be run"});
  }
}

TEST_CASE("PHP's user must exist, and only root can become somebody else") {
  const TempDir dir;
  Settings settings = plain_settings(dir);
  settings.php.user = "no-such-user";
  CHECK(messages(settings) == Lines{"php.user: there is no user \"no-such-user\""});
  settings.php.user = "root";
  ::chmod(dir.path().c_str(), 0777);
  CHECK(messages_of_nobody(settings) ==
        "php.user: only root can run PHP as root; remove the setting or start Larder as root\n");
}

TEST_CASE("A memory tier larger than the machine is refused") {
  const TempDir dir;
  Settings settings = plain_settings(dir);
  settings.cache.memory = std::uint64_t{1} << 60;
  REQUIRE(messages(settings).size() == 1);
  CHECK(messages(settings)[0].starts_with("cache.memory: the memory plan needs "));
}

TEST_CASE("A problem names the line that set the value") {
  const TempDir dir;
  Settings settings = plain_settings(dir);
  settings.sites[0].root = "/nope";
  CHECK(check_environment(settings, {})[0].where == "default");
  CHECK(check_environment(settings, {{"site", "root", "/nope", "x.ini:3"}})[0].where == "x.ini:3");
  CHECK(check_environment(settings, {{"site", "root", "/nope", "--set"}})[0].where == "--set site.root=/nope");
}

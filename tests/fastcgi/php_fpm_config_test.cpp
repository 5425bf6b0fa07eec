#include <filesystem>

#include "fastcgi/php_fpm.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace larder::fastcgi;
using larder::testing::TempDir;

namespace {

PhpFpmOptions options() {
  return {.runtime_dir = "/run/larder", .temp_dir = "/cache/tmp", .workers = 3, .timeout = 20'000, .max_body = 1000};
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

bool has(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string program(const TempDir& directory, const std::string& name) {
  const std::string path = directory.write(name, "#!/bin/sh\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

}  // namespace

TEST_CASE("the configuration says what Larder relies on") {
  const std::string text = php_fpm_config(options(), "/run/larder/php-fpm.sock");
  for (const char* line :
       {"[global]", "daemonize = no", "error_log = /proc/self/fd/2", "[larder]", "listen = '/run/larder/php-fpm.sock'",
        "listen.mode = 0600", "pm = static", "pm.max_children = 3", "pm.max_requests = 1000", "clear_env = yes",
        "catch_workers_output = no", "security.limit_extensions = .php", "php_admin_flag[expose_php] = off",
        "php_admin_value[cgi.fix_pathinfo] = '0'", "php_admin_value[post_max_size] = '1000'",
        "php_admin_value[upload_max_filesize] = '1000'", "php_admin_value[upload_tmp_dir] = '/cache/tmp'"}) {
    INFO(line);
    CHECK(has_line(text, line));
  }
  CHECK(text.find("\nuser = ") == std::string::npos);
}

TEST_CASE("php-fpm's own time limit is later than Larder's") {
  PhpFpmOptions asked = options();
  CHECK(has_line(php_fpm_config(asked, "/s"), "request_terminate_timeout = 21s"));
  asked.timeout = 20'001;
  CHECK(has_line(php_fpm_config(asked, "/s"), "request_terminate_timeout = 22s"));
}

TEST_CASE("no page is called slow later than it would be ended: php-fpm would not start") {
  PhpFpmOptions asked = options();
  asked.timeout = 30'000;
  asked.slow = 5'000;
  CHECK(has_line(php_fpm_config(asked, "/s"), "request_slowlog_timeout = 5s"));
  asked.timeout = 1'000;
  CHECK(php_fpm_config(asked, "/s").find("slowlog") == std::string::npos);
}

TEST_CASE("settings of the user come last; opcache's go to the command line, because a pool is too late for them") {
  PhpFpmOptions asked = options();
  asked.user = "www-data";
  asked.ini = {{"memory_limit", "96M"}, {"opcache.memory_consumption", "64"}};
  const std::string text = php_fpm_config(asked, "/s");
  CHECK(has_line(text, "user = 'www-data'"));
  CHECK(text.ends_with("php_admin_value[memory_limit] = '96M'\n"));
  CHECK(text.find("opcache") == std::string::npos);
  const auto command = php_fpm_command(asked, "/usr/sbin/php-fpm8.2", "/run/larder/php-fpm.conf");
  CHECK(command.front() == "/usr/sbin/php-fpm8.2");
  CHECK(has(command, "--nodaemonize"));
  CHECK(has(command, "opcache.enable='1'"));
  CHECK(command.back() == "opcache.memory_consumption='64'");
  asked.user = "root";
  CHECK(has(php_fpm_command(asked, "/php", "/conf"), "--allow-to-run-as-root"));
}

TEST_CASE("nothing can be smuggled into the configuration") {
  CHECK(check_php_options(options()));
  const auto refused = [](auto change) {
    PhpFpmOptions asked = options();
    change(asked);
    return !check_php_options(asked);
  };
  CHECK(refused([](auto& o) { o.ini = {{"memory_limit", "1M\nuser = root"}}; }));
  CHECK(refused([](auto& o) { o.ini = {{"memory_limit", "1M' ; x"}}; }));
  CHECK(refused([](auto& o) { o.ini = {{"memory_limit] = 1\nuser", "root"}}; }));
  CHECK(refused([](auto& o) { o.ini = {{"", "1"}}; }));
  CHECK(refused([](auto& o) { o.ini = {{"user_agent", "of $pool"}}; }));
  CHECK(refused([](auto& o) { o.temp_dir = "/tmp/it's"; }));
  CHECK(refused([](auto& o) { o.user = "me\n"; }));
  CHECK(refused([](auto& o) { o.runtime_dir = "run"; }));
  CHECK(refused([](auto& o) { o.workers = 0; }));
  CHECK_FALSE(refused([](auto& o) { o.ini = {{"date.timezone", "Europe/Zurich"}, {"x.y", "a;b=\"${c}\" #"}}; }));
}

TEST_CASE("the newest php-fpm comes first, by number, each once") {
  const TempDir one, two;
  program(one, "php-fpm7.4");
  program(one, "php-fpm8.10");
  program(two, "php-fpm8.9");
  program(two, "php-fpm");
  program(two, "php-fpm8");
  program(two, "php-fpm8.2-wrapper");
  program(two, "php8.3");
  one.write("php-fpm9.9", "not executable");
  std::filesystem::create_directory(one / "php-fpm9.8");
  std::filesystem::create_symlink(one / "php-fpm7.4", two / "php-fpm7.4");
  std::filesystem::create_symlink(two / "nowhere", two / "php-fpm9.7");
  std::vector<std::string> versions;
  for (const PhpBinary& binary : find_php_fpm({one.path(), "/nowhere", two.path()})) versions.push_back(binary.version);
  CHECK(versions == std::vector<std::string>{"8.10", "8.9", "7.4", ""});
}

TEST_CASE("a link named php-fpm has the version of what it leads to") {
  const TempDir directory, links;
  const std::string path = program(directory, "php-fpm8.2");
  std::filesystem::create_symlink(path, links / "php-fpm");
  const auto found = find_php_fpm({links.path()});
  REQUIRE(found.size() == 1);
  CHECK(found[0].version == "8.2");
  CHECK(found[0].path == path);
}

TEST_CASE("a link with a version in its name has it even when what it leads to has none") {
  const TempDir directory, links;
  const std::string path = program(directory, "wrapper");
  for (const char* name : {"php-fpm", "php-fpm7.4"}) std::filesystem::create_symlink(path, links / name);
  const auto found = find_php_fpm({links.path()});
  REQUIRE(found.size() == 1);
  CHECK(found[0].version == "7.4");
  CHECK(found[0].path == path);
}

#include "tests/scenario/wordpress_site.h"

#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/notify_socket.h"
#include "tests/support/patience.h"

namespace larder::testing {
namespace {

constexpr const char* kPackageFiles = "/usr/share/wordpress";
constexpr const char* kTheme = "/usr/share/wordpress/wp-content/themes/twentytwentythree";
constexpr const char* kDatabase = "/usr/sbin/mariadbd";
constexpr const char* kInstallHint =
    "apt-get install wordpress wordpress-theme-twentytwentythree mariadb-server php-mysql php-gd php-cli";

void require_installed() {
  for (const char* path : {kPackageFiles, kTheme, kDatabase, "/usr/bin/php"}) {
    INFO(path << " is missing. This test needs a real WordPress: " << kInstallHint);
    REQUIRE(std::filesystem::exists(path));
  }
}

Finished run_or_fail(const std::vector<std::string>& command) {
  Finished finished = run(command);
  INFO(finished.output << finished.errors);
  REQUIRE(finished.exit == 0);
  return finished;
}

}  // namespace

WordPressSite::WordPressSite(bool plugin) {
  require_installed();
  start_database();
  copy_files();
  if (plugin) {
    std::filesystem::create_directories(std::filesystem::path(this->plugin()).parent_path());
    std::filesystem::copy_file(LARDER_PLUGIN, this->plugin());
  }
  install();
}

WordPressSite::~WordPressSite() = default;

// Without grant tables nobody needs an account; only who can open the socket, below a directory of mode 0700, gets in.
void WordPressSite::start_database() {
  NotifySocket notify(directory_ / "notify");
  std::filesystem::create_directory(directory_ / "database");
  std::vector<std::string> command = {kDatabase,
                                      "--no-defaults",
                                      "--datadir=" + (directory_ / "database"),
                                      "--socket=" + (directory_ / "db.sock"),
                                      "--pid-file=" + (directory_ / "db.pid"),
                                      "--skip-networking",
                                      "--skip-grant-tables",
                                      "--innodb-flush-log-at-trx-commit=0",
                                      "--innodb-log-file-size=16M"};
  if (::getuid() == 0) command.emplace_back("--user=root");
  database_ = std::make_unique<Process>(ProcessOptions{
      .command = command, .environment = {{"NOTIFY_SOCKET", notify.path()}}, .output = directory_ / "db.log"});
  const bool ready = notify.wait_ready(*database_, patience(120'000));
  INFO(read_file(directory_ / "db.log"));
  REQUIRE(ready);
}

void WordPressSite::copy_files() {
  const std::string source = LARDER_WORDPRESS;
  run_or_fail({"cp", "-rL", kPackageFiles, root()});
  std::filesystem::copy_file(source + "/wp-config.php", root() + "/wp-config.php",
                             std::filesystem::copy_options::overwrite_existing);
  run_or_fail({"cp", "-r", source + "/theme", root() + "/wp-content/themes/plain"});
  directory_.write("constants.php", "<?php\n");
  directory_.write("database.php", "<?php define('DB_HOST', 'localhost:" + (directory_ / "db.sock") + "');\n");
}

void WordPressSite::install() {
  const Finished finished = run_or_fail(
      {"php", "-d", "sendmail_path=/bin/true", std::string(LARDER_WORDPRESS) + "/install.php", directory_.path()});
  const std::size_t at = finished.output.rfind("post=");
  INFO(finished.output << finished.errors);
  REQUIRE(at != std::string::npos);
  post_id_ = finished.output.substr(at + 5, finished.output.find('\n', at) - at - 5);
}

void WordPressSite::define(const std::string& name, const std::string& value) const {
  directory_.write("constants.php", value.empty() ? "<?php\n" : "<?php define('" + name + "', '" + value + "');\n");
}

std::vector<std::string> WordPressSite::settings() const {
  return {"site.root=" + root(), "site.hosts=larder.test", "php.workers=2", "php.timeout=10m", "php.queue_wait=5m"};
}

}  // namespace larder::testing

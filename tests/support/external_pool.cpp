#include "tests/support/external_pool.h"

#include <fmt/core.h>
#include <unistd.h>

#include <csignal>

#include "fastcgi/php_fpm.h"
#include "tests/support/catch.h"
#include "tests/support/patience.h"
#include "tests/support/test_php.h"

namespace larder::testing {

std::string php_fpm_under_test() {
  if (const std::string chosen = php_under_test(); chosen != "auto") return chosen;
  const auto found = fastcgi::find_php_fpm(fastcgi::PhpFpmOptions{}.search);
  REQUIRE_FALSE(found.empty());
  return found.front().path;
}

namespace {

// php-fpm knows no milliseconds; one second more than Larder waits.
std::string longer_than(const std::string& timeout) {
  const long number = std::stol(timeout);
  return std::to_string((timeout.ends_with("m") ? number * 60 : number) + 1) + "s";
}

std::string configuration(const TempDir& directory, const ExternalPoolOptions& options) {
  return fmt::format(
      "[global]\n"
      "error_log = {0}/log\n"
      "[www]\n"
      "user = root\n"  // read only when root starts it
      "listen = {0}/php.sock\n"
      "pm = dynamic\n"
      "pm.max_children = {1}\n"
      "pm.start_servers = 1\n"
      "pm.min_spare_servers = 1\n"
      "pm.max_spare_servers = {1}\n"
      "request_terminate_timeout = {2}\n"
      "php_admin_value[post_max_size] = {3}\n"
      "php_admin_value[upload_max_filesize] = {3}\n",
      directory.path(), options.workers, longer_than(options.timeout), options.max_body);
}

std::vector<std::string> command(const std::string& file) {
  std::vector<std::string> words = {php_fpm_under_test(), "--nodaemonize", "--fpm-config", file};
  if (::geteuid() == 0) words.emplace_back("--allow-to-run-as-root");
  return words;
}

}  // namespace

ExternalPool::ExternalPool(const ExternalPoolOptions& options)
    : notify_(directory_ / "notify"),
      process_({.command = command(directory_.write("pool.conf", configuration(directory_, options))),
                .environment = {{"NOTIFY_SOCKET", notify_.path()}},
                .output = directory_ / "log",
                .death_signal = SIGTERM}) {
  const bool ready = notify_.wait_ready(process_, patience());
  INFO(read_file(directory_ / "log"));
  REQUIRE(ready);
}

ExternalPool::~ExternalPool() {
  process_.signal(SIGTERM);
  process_.wait(patience());
}

}  // namespace larder::testing

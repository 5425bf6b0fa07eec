// larder: the command line. See larder(1).
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdio>

#include "arm/board.h"
#include "base/log.h"
#include "drive/setup.h"
#include "fastcgi/php_fpm.h"
#include "server/daemon.h"
#include "server/http_loop.h"
#include "server/listener.h"
#include "server/settings.h"
#include "server/version.h"

namespace {

using namespace larder;

constexpr const char* kDefaultConfig = "/etc/larder/larder.ini";

struct Options {
  std::string config;
  std::vector<std::string> overrides;
  bool quiet = false;   // check: print mistakes only
  bool listen = false;  // check: try the addresses too
  drive::SetupOptions drive;

  bool config_named() const { return !config.empty(); }
  std::string config_path() const {
    struct stat status {};
    return config_named() ? config : ::stat(kDefaultConfig, &status) == 0 ? kDefaultConfig : "";
  }
};

server::LoadedSettings load(const Options& options) {
  return server::load_settings(options.config_path(), options.config_named(), options.overrides);
}

bool print_problems(const server::LoadedSettings& loaded) {
  for (const server::Problem& problem : loaded.problems) fmt::print(stderr, "{}: {}\n", problem.where, problem.message);
  return !loaded.problems.empty();
}

void print_settings(const server::LoadedSettings& loaded) {
  std::string section;
  for (const server::EffectiveSetting& setting : loaded.effective) {
    if (setting.section != section) {
      fmt::print("{}[{}]\n", section.empty() ? "" : "\n", setting.section);
      section = setting.section;
    }
    fmt::print("{:<40} ; {}\n", fmt::format("{} = {}", setting.name, setting.value), setting.origin);
  }
  std::fflush(stdout);
}

// Whether a daemon could have its addresses now. What is opened is closed at once.
bool print_taken_addresses(const server::Settings& settings) {
  bool taken = false;
  for (const server::ListenAddress& address : settings.server.listen) {
    const auto listener = server::open_listener(address, settings.server.send_timeout);
    if (listener && !listener->unlink.empty()) ::unlink(listener->unlink.c_str());
    if (!listener) fmt::print(stderr, "server.listen: {}\n", listener.error().message);
    taken = taken || !listener;
  }
  return taken;
}

int check(const Options& options) {
  const server::LoadedSettings loaded = load(options);
  if (!options.quiet) print_settings(loaded);
  if (print_problems(loaded)) return 1;
  return options.listen && print_taken_addresses(loaded.settings) ? 1 : 0;
}

int serve(const Options& options) {
  const server::LoadedSettings loaded = load(options);
  if (print_problems(loaded)) return 1;
  Log log(level_by_name(loaded.settings.log.level).value_or(Level::info));
  auto daemon = server::Daemon::start(loaded.settings, log);
  if (!daemon) {
    log.write(Level::error, daemon.error().message);
    return 1;
  }
  return (*daemon)->run();
}

// The folders that the ini names may not be there yet: its settings are read, not tried.
int setup_drive(const Options& options) {
  const auto loaded = server::read_settings(options.config_path(), options.config_named(), options.overrides);
  if (print_problems(loaded)) return 1;
  drive::SetupOptions setup = options.drive;
  if (options.config_named()) setup.ini = options.config;
  setup.ring_bytes = loaded.settings.cache.size;
  setup.cache_path = loaded.settings.cache.path;
  for (const server::SiteSettings& site : loaded.settings.sites) setup.site_roots.push_back(site.root);
  drive::ThisMachine machine;
  const Status done = drive::set_up_drive(setup, machine);
  if (!done) fmt::print(stderr, "larder: {}\n", done.error().message);
  return done ? 0 : 1;
}

std::string version() {
  const std::string board = arm::board_model();
  std::string text = fmt::format("larder {}\nlibmicrohttpd {}\nfmt {}.{}.{}\nboard: {}, {} cores\n", server::kVersion,
                                 server::http_library_version(), FMT_VERSION / 10000, FMT_VERSION / 100 % 100,
                                 FMT_VERSION % 100, board.empty() ? "no device tree" : board, arm::core_count());
  for (const auto& php : fastcgi::find_php_fpm({"/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"}))
    text += fmt::format("php-fpm{}{}: {}\n", php.version.empty() ? "" : " ", php.version, php.path);
  return text;
}

void add_options(CLI::App& command, Options& options) {
  command.add_option("-c,--config", options.config, fmt::format("the ini file (default: {})", kDefaultConfig))
      ->type_name("FILE");
  command.add_option("-s,--set", options.overrides, "a setting for this run, stronger than the file")
      ->type_name("SECTION.KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
}

void add_drive_options(CLI::App& command, drive::SetupOptions& options) {
  command.add_option("device", options.device, "the drive: /dev/sda")->required()->type_name("DEVICE");
  command.add_flag("-y,--yes", options.erase_unasked, "erase it without asking");
  command
      .add_option("-m,--mount", options.mount_point,
                  fmt::format("the folder to mount it on (default: {})", drive::kDefaultMountPoint))
      ->type_name("DIR");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"larder - a page server for PHP sites: page cache on flash, PHP workers, one ini file"};
  app.require_subcommand(1);
  app.set_version_flag("-V,--version", version);
  app.footer("Manual: man larder, man larder.ini");
  Options options;
  auto* serve_command = app.add_subcommand("serve", "serve the sites of the ini file until SIGTERM or Ctrl-C");
  auto* check_command = app.add_subcommand("check", "print every setting with its origin; exit 1 if one is wrong");
  auto* drive_command = app.add_subcommand("setup-drive", "make a drive ready for the sites and the page cache");
  for (CLI::App* command : {serve_command, check_command, drive_command}) add_options(*command, options);
  check_command->add_flag("-q,--quiet", options.quiet, "print mistakes only");
  check_command->add_flag("-l,--listen", options.listen, "also try whether the addresses to listen on are free");
  add_drive_options(*drive_command, options.drive);
  CLI11_PARSE(app, argc, argv);
  if (*drive_command) return setup_drive(options);
  return *check_command ? check(options) : serve(options);
}

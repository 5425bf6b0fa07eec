// larder: the command line. See larder(1).
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <optional>
#include <utility>

#include "arm/board.h"
#include "base/log.h"
#include "cache/encoding.h"
#include "drive/setup.h"
#include "fastcgi/php_fpm.h"
#include "server/batch.h"
#include "server/cache_command.h"
#include "server/control.h"
#include "server/daemon.h"
#include "server/doctor.h"
#include "server/environment.h"
#include "server/explain.h"
#include "server/http_loop.h"
#include "server/listener.h"
#include "server/purge_request.h"
#include "server/re_exec.h"
#include "server/runtime_dir.h"
#include "server/settings.h"
#include "server/version.h"

namespace {

using namespace larder;

constexpr const char* kDefaultConfig = "/etc/larder/larder.ini";

// Passed on to the daemon, by the same names.
constexpr std::pair<const char*, const char*> kCommands[] = {
    {"drain", "let load balancers send nobody to the daemon; it serves on"},
    {"ready", "let them send clients again"},
    {"reload", "have it read its settings again; says which need a restart"},
    {"restart", "have it finish what is under way and begin anew; nobody is refused meanwhile"},
};

struct Options {
  std::string config;
  std::vector<std::string> overrides;
  bool quiet = false;   // check: print mistakes only
  bool listen = false;  // check: try the addresses too
  bool json = false;    // doctor
  drive::SetupOptions drive;
  struct Cache {
    std::string place;  // empty: cache.path
    bool erase_unasked = false, full = false, json = false, head = false;
    std::string prefix, url, coding;
  } cache;
  server::BatchOptions batch;
  int daemon = 0;                      // of those that speak to one: its process id; 0: the only one
  std::vector<std::string> arguments;  // the whole command line
  server::Question question;
  server::PurgeWish purge;
  bool soft = false;

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
  for (const server::Problem& problem : loaded.problems) fmt::print(stderr, "{}\n", server::describe(problem));
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

// As comments, so that what is printed is an ini file still.
void print_memory_plan(const server::Settings& settings) {
  fmt::print("\n");
  for (const std::string& line : server::describe(server::memory_plan_for(settings))) fmt::print("; {}\n", line);
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
  if (!options.quiet) {
    print_settings(loaded);
    print_memory_plan(loaded.settings);
  }
  if (print_problems(loaded)) return 1;
  return options.listen && print_taken_addresses(loaded.settings) ? 1 : 0;
}

int serve(const Options& options) {
  const server::LoadedSettings loaded = load(options);
  print_problems(loaded);
  if (loaded.worst() != nullptr) return 1;
  Log log(level_by_name(loaded.settings.log.level).value_or(Level::info));
  const std::string program = server::this_program();  // now: an upgrade may put another in its place
  auto daemon = server::Daemon::start(
      loaded, [options] { return load(options); }, log);
  if (!daemon) {
    log.write(Level::error, daemon.error().message);
    return 1;
  }
  const int exit = (*daemon)->run();
  const std::vector<server::Listener> sockets = (*daemon)->hand_over();
  daemon->reset();
  if (sockets.empty()) return exit;
  const Error error = server::become(program, options.arguments, sockets);
  log.write(Level::error, error.message);
  return 1;
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

int run_cache_command(const std::string& name, const Options& options) {
  const auto loaded = server::read_settings(options.config_path(), options.config_named(), options.overrides);
  if (print_problems(loaded)) return 1;
  const server::Settings::Cache& settings = loaded.settings.cache;
  const Options::Cache& wish = options.cache;
  const std::string& place = wish.place.empty() ? settings.path : wish.place;
  if (name == "create") return server::create_ring(place, settings.size, wish.erase_unasked, wish.full);
  if (name == "info") return server::show_ring(place, wish.json);
  if (name == "verify") return server::verify_ring(place);
  if (name == "ls") return server::list_pages(place, wish.prefix, wish.json);
  return server::print_page(place, {.url = wish.url,
                                    .ignored = GlobSet(settings.ignored_params),
                                    .head = wish.head,
                                    .coding = cache::coding_named(wish.coding)});
}

int doctor(const Options& options) {
  const std::string path = options.config_path();
  const auto findings = server::examine(server::board_root(), load(options), path);
  fmt::print("{}", options.json ? server::findings_json(findings) : server::findings_text(findings));
  return server::worst(findings) == server::Verdict::fail ? 1 : 0;
}

int batch(Options& options) {
  options.batch.root = server::board_root();
  options.batch.places = server::RuntimeDir::places();
  return server::run_batch(options.batch);
}

int tell(std::string_view command, const Options& options) {
  const auto answer = server::tell_daemon(command, options.daemon);
  if (answer)
    fmt::print("{}{}", *answer, answer->ends_with('\n') ? "" : "\n");
  else
    fmt::print(stderr, "larder: {}\n", answer.error().message);
  return answer ? 0 : 1;
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

void add_batch_options(CLI::App& command, server::BatchOptions& options) {
  command.add_flag("-q,--quiet", options.quiet, "do not tell of pauses");
  command.add_option("command", options.command, "the program and its arguments, after --")
      ->required()
      ->type_name("COMMAND");
}

void add_pid_option(CLI::App& command, Options& options) {
  command.add_option("-p,--pid", options.daemon, "process id of the daemon, where several run")->type_name("PID");
}

void add_explain_options(CLI::App& command, Options& options) {
  command.add_option("url", options.question.url, "the page: http://example.org/page")->required()->type_name("URL");
  command.add_option("-H,--header", options.question.fields, "a field of the request; may be given several times")
      ->type_name("FIELD")
      ->take_all()
      ->allow_extra_args(false);
  command.add_option("-X,--method", options.question.method, "its method (default: GET)")->type_name("NAME");
  command.add_flag("--json", options.json, "as JSON");
  add_pid_option(command, options);
}

void add_purge_options(CLI::App& command, Options& options) {
  command.add_option("urls", options.purge.urls, "pages: http://example.org/page")->type_name("URL");
  command.add_option("--prefix", options.purge.prefixes, "all pages whose URL begins so")
      ->type_name("TEXT")
      ->take_all()
      ->allow_extra_args(false);
  command.add_option("--tag", options.purge.tags, "all pages that PHP gave this tag")
      ->type_name("TAG")
      ->take_all()
      ->allow_extra_args(false);
  command.add_flag("--all", options.purge.all, "all pages");
  command.add_flag("--soft", options.soft, "they may be sent once more while they are made anew");
  add_pid_option(command, options);
}

void add_cache_commands(CLI::App& cache, Options& options) {
  cache.require_subcommand(1);
  auto* create = cache.add_subcommand("create", "make the ring anew, and measure its drive");
  auto* info = cache.add_subcommand("info", "what the ring is and holds");
  auto* verify = cache.add_subcommand("verify", "read the whole ring; exit 1 if something is damaged");
  auto* ls = cache.add_subcommand("ls", "list the pages in the ring, newest first");
  auto* get = cache.add_subcommand("get", "print a page from the ring");
  Options::Cache& wish = options.cache;
  create->add_flag("-y,--yes", wish.erase_unasked, "erase what is there without asking");
  create->add_flag("--full", wish.full, "first write and read every byte: finds drives that lie about their size");
  for (CLI::App* command : {info, ls}) command->add_flag("--json", wish.json, "as JSON");
  ls->add_option("--prefix", wish.prefix, "only pages whose key begins with it")->type_name("TEXT");
  get->add_option("url", wish.url, "the page: http://example.org/page")->required()->type_name("URL");
  get->add_flag("-i,--include", wish.head, "print the head too");
  get->add_option("--coding", wish.coding, "as it is stored in this coding: identity, gzip, br")
      ->type_name("NAME")
      ->check(CLI::IsMember({"identity", "gzip", "br"}));
  for (CLI::App* command : {create, info, verify, ls, get}) {
    command->add_option("path", wish.place, "the folder of the ring, or its block device (default: cache.path)")
        ->type_name("PATH");
    add_options(*command, options);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"larder - a page server for PHP sites: page cache on flash, PHP workers, one ini file"};
  app.require_subcommand(1);
  app.set_version_flag("-V,--version", version);
  app.footer("Manual: man larder, man larder.ini");
  Options options;
  options.arguments.assign(argv, argv + argc);
  auto* serve_command = app.add_subcommand("serve", "serve the sites of the ini file until SIGTERM or Ctrl-C");
  auto* check_command = app.add_subcommand("check", "print every setting with its origin; exit 1 if one is wrong");
  auto* drive_command = app.add_subcommand("setup-drive", "make a drive ready for the sites and the page cache");
  auto* doctor_command =
      app.add_subcommand("doctor", "what the board lacks, and the line that mends it; exit 1 on FAIL");
  auto* batch_command =
      app.add_subcommand("batch", "run a command beside the server: idle, and paused while memory is short");
  auto* cache_command = app.add_subcommand("cache", "make, check and look into the ring of the page cache");
  auto* explain_command = app.add_subcommand("explain", "what the daemon would do with a request, and why");
  auto* purge_command = app.add_subcommand("purge", "have the daemon forget pages");
  for (CLI::App* command : {serve_command, check_command, drive_command, doctor_command})
    add_options(*command, options);
  check_command->add_flag("-q,--quiet", options.quiet, "print mistakes only");
  check_command->add_flag("-l,--listen", options.listen, "also try whether the addresses to listen on are free");
  doctor_command->add_flag("--json", options.json, "as JSON");
  add_batch_options(*batch_command, options.batch);
  add_drive_options(*drive_command, options.drive);
  add_cache_commands(*cache_command, options);
  add_explain_options(*explain_command, options);
  add_purge_options(*purge_command, options);
  std::string command;  // for a daemon that runs
  for (const auto& [name, text] : kCommands) {
    auto* subcommand = app.add_subcommand(name, text);
    add_pid_option(*subcommand, options);
    subcommand->callback([&command, name = name] { command = name; });
  }
  CLI11_PARSE(app, argc, argv);
  if (!command.empty()) return tell(command, options);
  if (*explain_command) return tell("explain " + server::encode_question(options.question, options.json), options);
  options.purge.hard = !options.soft;
  if (*purge_command) return tell("purge " + server::encode_purge_request(options.purge), options);
  if (*cache_command) return run_cache_command(cache_command->get_subcommands().front()->get_name(), options);
  if (*batch_command) return batch(options);
  if (*doctor_command) return doctor(options);
  if (*drive_command) return setup_drive(options);
  return *check_command ? check(options) : serve(options);
}

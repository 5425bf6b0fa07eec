#include "tests/support/daemon.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/catch.h"
#include "tests/support/patience.h"
#include "tests/support/test_php.h"

namespace larder::testing {
namespace {

constexpr int kStillRuns = -1;

std::string program() {
  const char* path = std::getenv("LARDER");
  INFO("The environment variable LARDER names the program under test.");
  REQUIRE(path != nullptr);
  return path;
}

std::vector<std::string> with_defaults(const TempDir& directory, const std::vector<std::string>& settings) {
  std::vector<std::string> all = {"server.listen=127.0.0.1:0",
                                  "server.stats_allow=127.0.0.1",
                                  "site.hosts=larder.test",
                                  "cache.path=" + (directory / "cache"),
                                  "cache.size=64M",
                                  "cache.memory=16M",
                                  "php.version=" + php_under_test()};
  if (::getuid() == 0) all.push_back("php.user=root");
  all.insert(all.end(), settings.begin(), settings.end());
  return all;
}

// The last value of a setting.
std::string value_of(const std::string& name, std::string value, const std::vector<std::string>& settings) {
  for (const std::string& setting : settings)
    if (setting.starts_with(name + "=")) value = setting.substr(name.size() + 1);
  return value;
}

// The pool of somebody else that these settings ask for.
std::unique_ptr<ExternalPool> external_pool(const std::vector<std::string>& settings) {
  return std::make_unique<ExternalPool>(ExternalPoolOptions{.workers = value_of("php.workers", "4", settings),
                                                            .max_body = value_of("php.max_body", "64M", settings),
                                                            .timeout = value_of("php.timeout", "30s", settings)});
}

// What follows "listening on " in each line of the log that says so.
std::vector<std::string> find_listeners(const std::string& log) {
  const std::string mark = "listening on ";
  std::vector<std::string> found;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);)
    if (const std::size_t at = line.find(mark); at != std::string::npos) found.push_back(line.substr(at + mark.size()));
  return found;
}

}  // namespace

std::string ini_text(const std::vector<std::string>& settings) {
  std::map<std::string, std::map<std::string, std::string>> sections;
  for (const std::string& setting : settings) {
    const std::size_t dot = setting.find('.'), equals = setting.find('=', dot);
    sections[setting.substr(0, dot)][setting.substr(dot + 1, equals - dot - 1)] = setting.substr(equals + 1);
  }
  std::string text;
  for (const auto& [section, keys] : sections) {
    text += "[" + section + "]\n";
    for (const auto& [key, value] : keys) text += key + " = " + value + "\n";
  }
  return text;
}

Finished run_larder(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program());
  return run(arguments);
}

LarderDaemon::LarderDaemon(std::vector<std::string> settings) : notify_(directory_ / "notify") {
  std::filesystem::create_directory(cache_path());
  std::filesystem::create_directory(directory_ / "run");
  settings = with_defaults(directory_, settings);
  if (php_is_external() && value_of("php.address", "", settings).empty()) {
    pool_ = external_pool(settings);
    settings.push_back("php.address=" + pool_->address());
  }
  settings_ = settings;
  config_ = directory_.write("larder.ini", ini_text(settings_));
  start();
}

LarderDaemon::~LarderDaemon() {
  const bool failing = std::uncaught_exceptions() > 0;
  if (!failing && process_ && process_->running()) {
    process_->signal(SIGTERM);
    const int exit = process_->wait(patience(60'000)).value_or(kStillRuns);
    INFO(log());
    CHECK(exit == 0);
  }
  if (failing) std::fprintf(stderr, "The log of larder:\n%s\n", log().c_str());
}

void LarderDaemon::start() {
  const std::string before = log();
  process_ = std::make_unique<Process>(ProcessOptions{.command = {program(), "serve", "--config", config_},
                                                      .environment = {{"NOTIFY_SOCKET", notify_.path()},
                                                                      {"RUNTIME_DIRECTORY", directory_ / "run"},
                                                                      {"LARDER_BOARD_ROOT", board_.root()}},
                                                      .output = directory_ / "log"});
  const bool ready = notify_.wait_ready(*process_, patience(60'000));
  INFO(log());
  REQUIRE(ready);
  listeners_ = find_listeners(log().substr(before.size()));
  REQUIRE_FALSE(listeners_.empty());
}

void LarderDaemon::stop() {
  process_->signal(SIGTERM);
  const int exit = process_->wait(patience(60'000)).value_or(kStillRuns);
  INFO(log());
  REQUIRE(exit == 0);
}

void LarderDaemon::change(const std::string& setting, const std::string& value) {
  settings_.push_back(setting + "=" + value);
  directory_.write("larder.ini", ini_text(settings_));
}

void LarderDaemon::add_to_config(const std::string& lines) {
  directory_.write("larder.ini", read_file(config_) + lines);
}

void LarderDaemon::start_at_same_port() {
  change("server.listen", "127.0.0.1:" + std::to_string(port()));
  start();
}

void LarderDaemon::wait_for_start() {
  const bool ready = notify_.wait_ready(*process_, patience(60'000));
  INFO(log());
  REQUIRE(ready);
}

Finished LarderDaemon::command(const std::string& name, const std::vector<std::string>& arguments) const {
  std::vector<std::string> words = {program(), name, "--pid", std::to_string(pid())};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return run(words, {{"RUNTIME_DIRECTORY", directory_ / "run"}});
}

void LarderDaemon::kill9() {
  process_->signal(SIGKILL);
  REQUIRE(process_->wait(patience()) == 128 + SIGKILL);
}

std::uint16_t LarderDaemon::port() const {
  for (const std::string& listener : listeners_)
    if (const std::size_t colon = listener.rfind(':'); listener.starts_with("http://") && colon > 5)
      return static_cast<std::uint16_t>(std::stoul(listener.substr(colon + 1)));
  return 0;
}

HttpClient LarderDaemon::make_client(const std::string& authority, bool cookies) const {
  return HttpClient({.port = port(), .authority = authority, .cookies = cookies});
}

HttpClient LarderDaemon::client(const std::string& authority) const { return make_client(authority, false); }
HttpClient LarderDaemon::browser(const std::string& authority) const { return make_client(authority, true); }

bool LarderDaemon::logged(const std::string& text) const {
  return eventually([&] { return log().find(text) != std::string::npos; });
}

std::uint64_t LarderDaemon::rss_bytes() const {
  std::istringstream statm(read_file("/proc/" + std::to_string(pid()) + "/statm"));
  std::uint64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// User and system time, fields 14 and 15 of proc(5) stat; the second field, in brackets, may hold anything.
std::uint64_t LarderDaemon::cpu_ms() const {
  const std::string stat = read_file("/proc/" + std::to_string(pid()) + "/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::uint64_t user = 0, system = 0;
  fields >> user >> system;
  return (user + system) * 1000 / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
}

std::map<std::string, std::uint64_t> LarderDaemon::statistics(const std::string& group) const {
  const Response response = client().get("/larder/stats").send();
  response.expect(200);
  const nlohmann::json all = nlohmann::json::parse(response.body, nullptr, false);
  INFO(response.body);
  REQUIRE(all.is_object());
  REQUIRE(all.contains(group));
  std::map<std::string, std::uint64_t> values;
  for (const auto& [name, value] : all[group].items())
    if (value.is_number()) values[name] = value.get<std::uint64_t>();
  return values;
}

std::uint64_t LarderDaemon::statistic(const std::string& group, const std::string& name) const {
  const auto values = statistics(group);
  INFO(group << ": " << name);
  REQUIRE(values.count(name) == 1);
  return values.at(name);
}

std::uint64_t LarderDaemon::counter(const std::string& name) const { return statistic("counters", name); }

void LarderDaemon::expect(const std::string& group, const std::string& name, std::uint64_t wanted) const {
  std::uint64_t value = 0;
  const bool reached = eventually([&] { return (value = statistic(group, name)) == wanted; });
  INFO(name << " is " << value << ", wanted: " << wanted);
  REQUIRE(reached);
}

}  // namespace larder::testing

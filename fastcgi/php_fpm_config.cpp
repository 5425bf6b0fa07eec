#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "fastcgi/php_fpm.h"

namespace larder::fastcgi {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kName = "php-fpm";
constexpr std::string_view kOpcache = "opcache.";

// For a board of 1 GiB: 48 MiB of shared memory hold the code of a WordPress with a dozen plugins, 8 MiB of them its
// strings; the number of files is the next prime that opcache knows below 8,000.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kOpcacheSettings = {
    {{"opcache.enable", "1"},
     {"opcache.memory_consumption", "48"},
     {"opcache.interned_strings_buffer", "8"},
     {"opcache.max_accelerated_files", "7963"},
     {"opcache.huge_code_pages", "0"}}};

// Single quotes take everything as it is: no ${variables}, no comments, no escapes.
std::string in_quotes(std::string_view value) { return fmt::format("'{}'", value); }

// php-fpm replaces $pool even in quotes.
bool fits_in_quotes(std::string_view value) {
  return value.find("$pool") == std::string_view::npos && std::none_of(value.begin(), value.end(), [](char c) {
           return c == '\'' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

bool is_ini_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
}

std::string admin_value(std::string_view name, std::string_view value) {
  return fmt::format("php_admin_value[{}] = {}\n", name, in_quotes(value));
}

// php-fpm's own limit is the second line: it ends the worker, but only after Larder has answered 504. Were it first,
// the dead worker would look like one to ask again.
Millis terminate_seconds(Millis timeout) { return (timeout + 999) / 1000 + 1; }

// {8, 2} of "php-fpm8.2"; empty for anything else.
std::vector<int> version_of(std::string_view file_name) {
  if (!file_name.starts_with(kName)) return {};
  const std::string_view text = file_name.substr(kName.size());
  std::vector<int> numbers(2);
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, numbers[0]);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return {};
  const auto minor = std::from_chars(major.ptr + 1, end, numbers[1]);
  if (minor.ec != std::errc() || minor.ptr != end) return {};
  return numbers;
}

struct Found {
  std::vector<int> version;
  std::string path;
};

void look_in(const std::string& directory, std::vector<Found>& found) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename();
    if (name != kName && version_of(name).empty()) continue;
    const fs::path real = fs::canonical(entry.path(), error);
    if (error || !is_program(real)) continue;
    std::vector<int> version = version_of(real.filename().string());
    if (version.empty()) version = version_of(name);
    const auto known = std::find_if(found.begin(), found.end(), [&](const Found& one) { return one.path == real; });
    if (known == found.end())
      found.push_back({version, real});
    else if (known->version.empty())
      known->version = version;  // what led to it first was only named php-fpm
  }
}

}  // namespace

std::vector<PhpBinary> find_php_fpm(const std::vector<std::string>& directories) {
  std::vector<Found> found;
  for (const std::string& directory : directories) look_in(directory, found);
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.version > b.version; });
  std::vector<PhpBinary> binaries;
  for (const Found& one : found)
    binaries.push_back({one.path, one.version.empty() ? "" : fmt::format("{}.{}", one.version[0], one.version[1])});
  return binaries;
}

bool is_program(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

Status check_php_options(const PhpFpmOptions& options) {
  if (options.workers == 0) return Error{"php.workers must be at least 1"};
  if (!options.runtime_dir.starts_with('/')) return Error{"the runtime directory is no absolute path"};
  for (const std::string* text : {&options.runtime_dir, &options.temp_dir, &options.user})
    if (!fits_in_quotes(*text))
      return Error{
          fmt::format("\"{}\" cannot be given to php-fpm: it has a quote, a control character or $pool", *text)};
  for (const auto& [name, value] : options.ini) {
    if (!is_ini_name(name)) return Error{fmt::format("\"{}\" is no name of a PHP setting", name)};
    if (!fits_in_quotes(value))
      return Error{
          fmt::format("the PHP setting {} cannot be given to php-fpm: its value has a quote or control "
                      "character",
                      name)};
  }
  return Done{};
}

std::string php_fpm_config(const PhpFpmOptions& options, const std::string& socket_path) {
  std::string text = "; Written by Larder at every start: change Larder's own configuration instead.\n";
  text += "[global]\ndaemonize = no\nerror_log = /proc/self/fd/2\nlog_level = warning\n";
  text += fmt::format("pid = {}\n", in_quotes(options.runtime_dir + "/php-fpm.pid"));
  // How long the master lets workers finish before it ends them: less than the 5 s after which stop() kills all.
  text += "process_control_timeout = 3s\n\n[larder]\n";
  text += fmt::format("listen = {}\nlisten.mode = 0600\nlisten.backlog = 128\n", in_quotes(socket_path));
  if (!options.user.empty()) text += fmt::format("user = {}\n", in_quotes(options.user));
  text +=
      fmt::format("pm = static\npm.max_children = {}\npm.max_requests = {}\n", options.workers, options.max_requests);
  text += fmt::format("request_terminate_timeout = {}s\n", terminate_seconds(options.timeout));
  // The master reads the stack of a script that takes too long and writes it where its own news go: to us. It refuses
  // to start when the script would be ended before that.
  const Millis slow_seconds = (options.slow + 999) / 1000;
  if (slow_seconds > 0 && slow_seconds <= terminate_seconds(options.timeout))
    text += fmt::format("slowlog = /proc/self/fd/2\nrequest_slowlog_timeout = {}s\nrequest_slowlog_trace_depth = 6\n",
                        slow_seconds);
  // Errors of scripts come as STDERR records, so we know whose they are. With catch_workers_output they would come a
  // second time through the master; without it php://stderr leads nowhere, which is the smaller loss.
  text += "catch_workers_output = no\nclear_env = yes\n";
  text += "security.limit_extensions = .php\n";
  text += "php_flag[display_errors] = off\nphp_admin_flag[log_errors] = on\nphp_admin_flag[expose_php] = off\n";
  // Path info is Larder's to split; with fix_pathinfo PHP would run /upload.jpg for /upload.jpg/x.php.
  text += admin_value("cgi.fix_pathinfo", "0");
  text += admin_value("cgi.rfc2616_headers", "0");  // 1: "HTTP/1.1 404" instead of "Status: 404"
  text += admin_value("post_max_size", fmt::format("{}", options.max_body));
  text += admin_value("upload_max_filesize", fmt::format("{}", options.max_body));
  if (!options.temp_dir.empty()) {
    text += admin_value("upload_tmp_dir", options.temp_dir);
    text += admin_value("sys_temp_dir", options.temp_dir);
  }
  for (const auto& [name, value] : options.ini)
    if (!name.starts_with(kOpcache)) text += admin_value(name, value);
  return text;
}

std::vector<std::string> php_fpm_command(const PhpFpmOptions& options, const std::string& binary,
                                         const std::string& config_path) {
  std::vector<std::string> command = {binary, "--nodaemonize", "--fpm-config", config_path};
  const auto define = [&command](std::string_view name, std::string_view value) {
    command.emplace_back("-d");
    command.push_back(fmt::format("{}={}", name, in_quotes(value)));
  };
  for (const auto& [name, value] : kOpcacheSettings) define(name, value);
  for (const auto& [name, value] : options.ini)
    if (name.starts_with(kOpcache)) define(name, value);  // the last one counts
  if (options.user == "root") command.emplace_back("--allow-to-run-as-root");
  return command;
}

}  // namespace larder::fastcgi

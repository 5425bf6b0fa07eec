#include "server/environment.h"

#include <fmt/core.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "arm/board.h"
#include "arm/memory_pressure.h"
#include "fastcgi/php_fpm.h"
#include "server/setting_value.h"

namespace larder::server {
namespace {

std::string parent_of(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

enum class Kind { missing, directory, block_device, other };

Kind kind_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return Kind::missing;
  if (S_ISBLK(status.st_mode)) return Kind::block_device;
  return S_ISDIR(status.st_mode) ? Kind::directory : Kind::other;
}

// Only trying tells: permission bits say nothing to root, about read-only drives or about /proc.
Status try_to_write(const std::string& directory) {
  std::string probe = directory + "/.larder-check-XXXXXX";
  if (::mkdtemp(probe.data()) == nullptr)
    return Error{fmt::format("{} cannot be written by this user: {}", directory, std::strerror(errno)), errno};
  ::rmdir(probe.c_str());
  return Done{};
}

class Check {
 public:
  Check(const Settings& settings, const std::vector<EffectiveSetting>& effective)
      : settings_(settings), effective_(effective) {}

  std::vector<Problem> run() && {
    for (const SiteSettings& site : settings_.sites) root(site);
    cache_path();
    memory_plan();
    access_file();
    for (const ListenAddress& address : settings_.server.listen) unix_socket(address);
    proxies();
    php_program();
    php_user();
    return std::move(problems_);
  }

 private:
  void problem(std::string_view section, std::string_view name, std::string_view what, bool may_pass = false) {
    const auto setting = std::find_if(effective_.begin(), effective_.end(), [&](const EffectiveSetting& e) {
      return e.section == section && e.name == name;
    });
    std::string where = setting == effective_.end() ? "default" : setting->origin;
    if (where == "--set") where = fmt::format("--set {}.{}={}", section, name, setting->value);
    problems_.push_back({std::move(where), fmt::format("{}.{}: {}", section, name, what), may_pass});
  }

  void root(const SiteSettings& site) {
    if (site.root.empty()) return;  // the parser has complained
    const std::string section = site.name.empty() ? "site" : "site " + site.name;
    switch (kind_of(site.root)) {
      case Kind::missing:
        return problem(section, "root", fmt::format("{} {}", site.root, reason_missing()));
      case Kind::block_device:
      case Kind::other:
        return problem(section, "root", site.root + " is not a directory");
      case Kind::directory:
        break;
    }
    if (::access(site.root.c_str(), R_OK | X_OK) != 0)
      problem(section, "root", fmt::format("{} cannot be read by this user", site.root));
  }

  static std::string_view reason_missing() {
    return errno == EACCES ? "cannot be reached by this user" : "does not exist";
  }

  void cache_path() {
    const std::string& path = settings_.cache.path;
    if (path.empty()) return;
    const Kind kind = kind_of(path);
    if (kind == Kind::block_device) {
      if (::access(path.c_str(), R_OK | W_OK) != 0)
        problem("cache", "path", fmt::format("{} cannot be read and written by this user", path));
      return;
    }
    if (kind == Kind::other) return problem("cache", "path", path + " is neither a directory nor a block device");
    // A drive that is away, or read only, is waited for: pages are in memory meanwhile.
    const std::string directory = kind == Kind::directory ? path : parent_of(path);
    if (kind_of(directory) != Kind::directory)
      return problem("cache", "path", fmt::format("neither {} nor {} exists", path, directory), true);
    if (path.starts_with("/dev/")) return problem("cache", "path", path + " does not exist", true);
    if (auto written = try_to_write(directory); !written)
      problem("cache", "path", written.error().message, written.error().code == EROFS);
  }

  // Whatever was set by hand is what to complain about: what is automatic fits as well as it can.
  void memory_plan() {
    const Status fits = check_plan(memory_plan_for(settings_));
    if (!fits)
      problem(settings_.php.workers ? "php" : "cache", settings_.php.workers ? "workers" : "memory",
              fits.error().message);
  }

  void access_file() {
    const std::string& path = settings_.log.access_file;
    if (settings_.log.access != AccessLog::file || path.empty()) return;
    const Kind kind = kind_of(path);
    if (kind == Kind::directory) return problem("log", "access", path + " is a directory");
    if (kind == Kind::other) {
      if (::access(path.c_str(), W_OK) != 0) problem("log", "access", path + " cannot be written by this user");
      return;
    }
    directory_for("log", "access", path);
  }

  void unix_socket(const ListenAddress& address) {
    if (!address.unix_path.empty()) directory_for("server", "listen", address.unix_path);
  }

  void directory_for(std::string_view section, std::string_view name, const std::string& path) {
    const std::string directory = parent_of(path);
    if (kind_of(directory) != Kind::directory)
      return problem(section, name, fmt::format("the directory of {} does not exist", path));
    if (auto written = try_to_write(directory); !written) problem(section, name, written.error().message);
  }

  void proxies() {
    if (settings_.server.proxy_protocol && settings_.server.trusted_proxies.empty())
      problem("server", "proxy_protocol",
              "nobody may send PROXY headers; name the balancers in server.trusted_proxies");
  }

  void php_program() {
    const std::string& version = settings_.php.version;
    if (version.starts_with('/') && !fastcgi::is_program(version))
      problem("php", "version", version + " is no program that can be run");
  }

  void php_user() {
    const std::string& user = settings_.php.user;
    if (user.empty()) return;
    std::array<char, 4096> buffer{};
    passwd entry{}, *found = nullptr;
    ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found == nullptr) return problem("php", "user", fmt::format("there is no user \"{}\"", user));
    if (::geteuid() != 0 && found->pw_uid != ::geteuid())
      problem("php", "user",
              fmt::format("only root can run PHP as {}; remove the setting or start Larder as root", user));
  }

  const Settings& settings_;
  const std::vector<EffectiveSetting>& effective_;
  std::vector<Problem> problems_;
};

}  // namespace

std::string board_root() {
  const char* root = std::getenv("LARDER_BOARD_ROOT");
  return root == nullptr ? "" : root;
}

MemoryPlan memory_plan_for(const Settings& settings) {
  const arm::MemoryPressure::Limit limit = arm::MemoryPressure(board_root()).limit();
  return plan_memory({.total = limit.bytes,
                      .group = limit.of_group,
                      .cores = arm::core_count(),
                      .own_php = !settings.php.address,
                      .workers = settings.php.workers,
                      .page_memory = settings.cache.memory,
                      .ring = settings.cache.path.empty() ? 0 : settings.cache.size,
                      .connections = settings.server.connections});
}

std::vector<Problem> check_environment(const Settings& settings, const std::vector<EffectiveSetting>& effective) {
  return Check(settings, effective).run();
}

}  // namespace larder::server

#include "server/settings.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <map>

#include "base/unique_fd.h"
#include "server/environment.h"
#include "server/ini.h"
#include "server/nearest_name.h"
#include "server/presets.h"
#include "server/settings_table.h"

namespace larder::server {
namespace {

Result<std::string> read_ini(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return system_error("cannot be read", errno);
  constexpr std::size_t kLargest = 1 << 20;  // a device or a page ring named by mistake ends here, not in memory
  std::string text;
  std::array<char, 16384> chunk{};
  while (text.size() <= kLargest) {
    const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot be read", errno);
    if (got == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return Error{"is larger than 1 MiB: that is no ini file"};
}

// "server", or "site blog".
std::string full_section(std::string_view name, std::string_view instance) {
  return instance.empty() ? std::string(name) : fmt::format("{} {}", name, instance);
}

bool known_section(std::string_view section) {
  const auto table = settings_table();
  return std::any_of(table.begin(), table.end(), [&](const SettingSpec& spec) { return spec.section == section; });
}

const SettingSpec* find_spec(std::string_view section, std::string_view name) {
  for (const SettingSpec& spec : settings_table())
    if (spec.section == section && spec.name == name) return &spec;
  return nullptr;
}

std::string unknown_section(std::string_view section) {
  std::vector<std::string_view> names;
  for (const SettingSpec& spec : settings_table())
    if (names.empty() || names.back() != spec.section) names.push_back(spec.section);
  const std::string_view near = nearest_name(section, names);
  if (!near.empty()) return fmt::format("unknown section [{}]; did you mean [{}]?", section, near);
  std::string list;
  for (const std::string_view name : names) list += fmt::format("{}[{}]", list.empty() ? "" : ", ", name);
  return fmt::format("unknown section [{}]; there are {}", section, list);
}

std::string unknown_key(std::string_view section, std::string_view key) {
  std::vector<std::string_view> names;
  std::string elsewhere;
  for (const SettingSpec& spec : settings_table()) {
    if (spec.section == section) names.push_back(spec.name);
    if (spec.name == key) elsewhere += fmt::format("{}[{}]", elsewhere.empty() ? "" : " and ", spec.section);
  }
  if (!elsewhere.empty()) return fmt::format("unknown key \"{}\" in [{}]; it belongs to {}", key, section, elsewhere);
  if (const auto near = nearest_name(key, names); !near.empty())
    return fmt::format("unknown key \"{}\" in [{}]; did you mean \"{}\"?", key, section, near);
  std::string list;
  for (const std::string_view name : names) list += fmt::format("{}{}", list.empty() ? "" : ", ", name);
  return fmt::format("unknown key \"{}\" in [{}]; there are {}", key, section, list);
}

// One value that somebody wrote: the text, where it came from ("larder.ini:12", "--set") and how to quote that place
// in a complaint.
struct Given {
  std::string value, origin, where;
  int line = 0;
};

// What was written, by full section and key; keys that exist only.
class Written {
 public:
  std::vector<Problem> problems;
  struct Site {
    std::string name, where;
  };
  std::vector<Site> sites;  // the site sections, in order of appearance

  void add_file(const std::string& path, const Ini& ini) {
    for (const IniProblem& problem : ini.problems) problems.push_back({place(path, problem.line), problem.message});
    for (const IniSection& section : ini.sections)
      if (accept_section(section, place(path, section.line)))
        for (const IniSetting& setting : section.settings) add_line(path, section, setting);
  }

  // The last of several overrides of one key counts, as everywhere on command lines, and it replaces a list.
  void add_override(const std::string& text) {
    const std::string where = "--set " + text;
    const auto equals = text.find('=');
    const auto dot = text.substr(0, equals).rfind('.');
    if (equals == std::string::npos || dot == std::string::npos)
      return problems.push_back({where, "not of the form section.key=value"});
    const std::string section = text.substr(0, dot), key = text.substr(dot + 1, equals - dot - 1);
    const std::string name = section.substr(0, section.find(' '));
    const std::string instance = section.size() > name.size() ? section.substr(name.size() + 1) : "";
    if (!accept_section({name, instance, 0, {}}, where)) return;
    if (find_spec(name, key) == nullptr) return problems.push_back({where, unknown_key(name, key)});
    given_[{full_section(name, instance), key}] = {Given{text.substr(equals + 1), "--set", where, 0}};
  }

  const std::vector<Given>* find(const std::string& section, std::string_view key) const {
    const auto found = given_.find({section, std::string(key)});
    return found == given_.end() ? nullptr : &found->second;
  }

 private:
  static std::string place(const std::string& path, int line) { return fmt::format("{}:{}", path, line); }

  bool accept_section(const IniSection& section, const std::string& where) {
    if (!known_section(section.name)) {
      problems.push_back({where, unknown_section(section.name)});
      return false;
    }
    if (section.name == "site") {
      const auto same = [&](const Site& site) { return site.name == section.instance; };
      if (std::none_of(sites.begin(), sites.end(), same)) sites.push_back({section.instance, where});
    } else if (!section.instance.empty()) {
      problems.push_back({where, fmt::format("[{} {}]: only [site NAME] takes a name; write [{}]", section.name,
                                             section.instance, section.name)});
      return false;
    }
    return true;
  }

  void add_line(const std::string& path, const IniSection& section, const IniSetting& setting) {
    const SettingSpec* spec = find_spec(section.name, setting.key);
    const std::string where = place(path, setting.line);
    if (spec == nullptr) return problems.push_back({where, unknown_key(section.name, setting.key)});
    auto& values = given_[{full_section(section.name, section.instance), setting.key}];
    if (!spec->list && !values.empty())
      return problems.push_back(
          {where, fmt::format("\"{}\" is given twice (first at line {})", setting.key, values.front().line)});
    values.push_back({setting.value, where, where, setting.line});
  }

  std::map<std::pair<std::string, std::string>, std::vector<Given>> given_;
};

// Runs the table over what was written.
class Loader {
 public:
  Loader(LoadedSettings& out, const Written& written) : out_(out), written_(written) {}

  void run() {
    for (const Written::Site& site : written_.sites) out_.settings.sites.push_back({site.name, {}, {}, {}, {}, {}});
    if (out_.settings.sites.empty()) out_.settings.sites.emplace_back();
    for (const SettingSpec& spec : settings_table()) {
      if (spec.section != "site")
        apply(spec, std::string(spec.section), out_.settings.sites.front());
      else if (&spec == find_spec("site", "hosts"))  // the first of its section: now all sites, one after the other
        apply_sites();
    }
    check_hosts();
  }

 private:
  void apply_sites() {
    for (SiteSettings& site : out_.settings.sites)
      for (const SettingSpec& spec : settings_table())
        if (spec.section == "site") apply(spec, full_section("site", site.name), site);
  }

  void apply(const SettingSpec& spec, const std::string& section, SiteSettings& site) {
    const std::vector<Given> fallback = {fallback_of(spec)};
    const std::vector<Given>* found = written_.find(section, spec.name);
    const std::vector<Given>& values = found == nullptr ? fallback : *found;
    std::string shown;
    for (const Given& given : values) {
      const Status status = spec.assign({out_.settings, site, given.value, spec.range});
      if (!status)
        out_.problems.push_back(
            {given.where, fmt::format("{} = {}: {}", spec.name, shortened(given.value), status.error().message)});
      shown += (shown.empty() ? "" : separator(spec)) + given.value;
    }
    out_.settings.origins[fmt::format("{}.{}", section, spec.name)] = values.front().origin;
    out_.effective.push_back({section, std::string(spec.name), shown, values.front().origin});
  }

  // The presets of all sites have been read by the time that a setting is asked for that they are about.
  Given fallback_of(const SettingSpec& spec) const {
    std::vector<std::string> presets;
    std::string names;
    for (const SiteSettings& site : out_.settings.sites) {
      if (std::find(presets.begin(), presets.end(), site.preset) != presets.end()) continue;
      presets.push_back(site.preset);
      names.append(names.empty() ? "" : " + ").append(site.preset);
    }
    auto value = preset_value(spec.section, spec.name, presets);
    if (!value || value == spec.fallback) return {std::string(spec.fallback), "default", "default", 0};
    return {*std::move(value), "preset " + names, "preset " + names, 0};
  }

  static std::string shortened(const std::string& value) {
    constexpr std::size_t kEnough = 60;
    return value.size() <= kEnough ? value : value.substr(0, kEnough) + "...";
  }

  static std::string separator(const SettingSpec& spec) { return spec.name == "headers" ? " | " : " "; }

  // Every site must be one that some request can choose.
  void check_hosts() {
    std::map<std::string, std::string> owner;
    for (std::size_t i = 0; i < out_.settings.sites.size(); ++i) {
      const SiteSettings& site = out_.settings.sites[i];
      const std::string section = full_section("site", site.name);
      const std::string where = i < written_.sites.size() ? written_.sites[i].where : "default";
      if (site.hosts.empty() && i > 0)
        out_.problems.push_back(
            {where, fmt::format("[{}] needs \"hosts = ...\": only the first site may answer for any "
                                "host, so no request would ever choose this one",
                                section)});
      for (const std::string& host : site.hosts)
        if (const auto [first, is_new] = owner.emplace(host, section); !is_new && first->second != section)
          out_.problems.push_back({where, fmt::format("host {} already belongs to [{}]", host, first->second)});
    }
  }

  LoadedSettings& out_;
  const Written& written_;
};

// In the order of the file, whoever found the problem; those of no line last.
void sort_by_line(std::vector<Problem>& problems, const std::string& config_path) {
  const auto line = [&](const Problem& problem) {
    const std::string prefix = config_path + ":";
    return problem.where.starts_with(prefix) ? std::strtol(problem.where.c_str() + prefix.size(), nullptr, 10)
                                             : LONG_MAX;
  };
  std::stable_sort(problems.begin(), problems.end(),
                   [&](const Problem& a, const Problem& b) { return line(a) < line(b); });
}

}  // namespace

std::string describe(const Problem& problem) { return fmt::format("{}: {}", problem.where, problem.message); }

const Problem* LoadedSettings::worst() const {
  const auto found = std::find_if(problems.begin(), problems.end(), [](const Problem& p) { return !p.may_pass; });
  return found == problems.end() ? nullptr : &*found;
}

LoadedSettings read_settings(const std::string& config_path, bool config_required,
                             const std::vector<std::string>& overrides) {
  LoadedSettings loaded;
  Written written;
  if (!config_path.empty()) {
    auto text = read_ini(config_path);
    if (text)
      written.add_file(config_path, parse_ini(*text));
    else if (config_required || text.error().code != ENOENT)
      loaded.problems.push_back({config_path, text.error().message});
  }
  for (const std::string& text : overrides) written.add_override(text);
  loaded.problems.insert(loaded.problems.end(), written.problems.begin(), written.problems.end());
  Loader(loaded, written).run();
  sort_by_line(loaded.problems, config_path);
  return loaded;
}

LoadedSettings load_settings(const std::string& config_path, bool config_required,
                             const std::vector<std::string>& overrides) {
  LoadedSettings loaded = read_settings(config_path, config_required, overrides);
  for (Problem& problem : check_environment(loaded.settings, loaded.effective))
    loaded.problems.push_back(std::move(problem));
  sort_by_line(loaded.problems, config_path);
  return loaded;
}

}  // namespace larder::server

#include "server/settings.h"

#include <algorithm>

#include "server/settings_table.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace larder;
using namespace larder::server;

namespace {

// One machine that has what the settings ask for, so that a test only sees the problems it made itself.
struct Machine {
  larder::testing::TempDir dir;
  std::vector<std::string> overrides = {"site.root=" + dir.path(), "cache.path=" + dir.path()};

  LoadedSettings load(std::string_view ini, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = overrides;
    all.insert(all.end(), more.begin(), more.end());
    return load_settings(dir.write("larder.ini", ini), true, all);
  }
  // As it is, the file's own directories included.
  LoadedSettings load_plain(std::string_view ini) const {
    return load_settings(dir.write("larder.ini", ini), true, {});
  }
  // Every problem as "12: message" with the path of the file taken away.
  std::vector<std::string> problems(std::string_view ini, const std::vector<std::string>& more = {}) const {
    return lines(load(ini, more));
  }
  std::vector<std::string> lines(const LoadedSettings& loaded) const {
    std::vector<std::string> result;
    const std::string prefix = dir / "larder.ini:";
    for (const Problem& problem : loaded.problems) {
      std::string where = problem.where;
      if (where.starts_with(prefix)) where.erase(0, prefix.size());
      result.push_back(where + ": " + problem.message);
    }
    return result;
  }
};

using Lines = std::vector<std::string>;

std::string origin_of(const LoadedSettings& loaded, std::string_view section, std::string_view name) {
  for (const EffectiveSetting& setting : loaded.effective)
    if (setting.section == section && setting.name == name) return setting.origin;
  return "missing";
}

}  // namespace

TEST_CASE("Without a file every setting has the default of the issue") {
  const Machine machine;
  const LoadedSettings loaded = load_settings("", false, machine.overrides);
  REQUIRE(machine.lines(loaded) == Lines{});
  const Settings& s = loaded.settings;
  REQUIRE(s.server.listen.size() == 1);
  CHECK(s.server.listen[0].host == "::");
  CHECK(s.server.listen[0].port == 80);
  CHECK(s.server.served_by == "auto");
  CHECK(s.server.headers.empty());
  CHECK_FALSE(s.server.threads.has_value());
  CHECK(s.server.connections == 1000);
  CHECK(s.server.trusted_proxies.empty());
  CHECK(s.server.stats_allow.empty());
  CHECK(s.server.header_timeout == 10'000);
  CHECK(s.server.keepalive_timeout == 15'000);
  CHECK(s.server.connection_memory == 16 * 1024);
  REQUIRE(s.sites.size() == 1);
  CHECK(s.sites[0].name.empty());
  CHECK(s.sites[0].hosts.empty());
  CHECK(s.sites[0].index == Lines{"index.php", "index.html"});
  CHECK(s.sites[0].front_controller == "/index.php");
  CHECK(s.sites[0].preset == "wordpress");
  CHECK_FALSE(s.php.workers.has_value());
  CHECK(s.php.version == "auto");
  CHECK_FALSE(s.php.address.has_value());
  CHECK(s.php.user.empty());
  CHECK(s.php.timeout == 30'000);
  CHECK_FALSE(s.php.queue.has_value());
  CHECK(s.php.queue_wait == 3'000);
  CHECK(s.php.max_body == 64u << 20);
  CHECK(s.php.deny == Lines{"/wp-content/uploads/"});
  CHECK(s.php.spool == 2 * kGiB);
  CHECK(s.cache.size == 8 * kGiB);
  CHECK_FALSE(s.cache.memory.has_value());
  CHECK(s.cache.write_budget() == 8 * kGiB / 100 * 25);
  CHECK(s.cache.default_ttl == 600);
  CHECK(std::count(s.cache.bypass_cookies.begin(), s.cache.bypass_cookies.end(), "PHPSESSID") == 1);
  CHECK(std::count(s.cache.bypass_paths.begin(), s.cache.bypass_paths.end(), "/wp-admin/") == 1);
  CHECK(std::count(s.cache.ignored_params.begin(), s.cache.ignored_params.end(), "utm_*") == 1);
  CHECK(s.log.access == AccessLog::off);
  CHECK(s.log.format == LogFormat::combined);
  CHECK(s.log.level == "info");
  CHECK(origin_of(loaded, "server", "listen") == "default");
  CHECK(origin_of(loaded, "site", "root") == "--set");
}

TEST_CASE("Every default in the table passes its own parser and range") {
  for (const SettingSpec& spec : settings_table()) {
    INFO(spec.section << "." << spec.name);
    Settings settings;
    SiteSettings site;
    const Status status = spec.assign({settings, site, spec.fallback, spec.range});
    CHECK((status ? "" : status.error().message) == std::string());
    CHECK(spec.reason.ends_with('.'));
  }
}

TEST_CASE("The example of the issue is understood") {
  const Machine machine;
  const LoadedSettings loaded = machine.load(
      "[server]\n"
      "listen = [::]:80, unix:" +
      machine.dir / "http.sock" +
      "   ; several\n"
      "served_by = Pi of the cellar\n"
      "headers = X-Clacks-Overhead: GNU Terry Pratchett\n"
      "threads = 2\n"
      "trusted_proxies = 192.0.2.10 2001:db8::/32\n"
      "[php]\nworkers = 6\nversion = 7.4\naddress = 127.0.0.1:9000\ntimeout = 500ms ; far too short\n"
      "[cache]\nmemory = 96M\ndefault_ttl = off\nbypass_paths = /shop/\nbypass_cookies =\n"
      "[log]\naccess = journal\nformat = json\nlevel = debug\n");
  CHECK(machine.lines(loaded) == Lines{"11: timeout = 500ms: out of range: 1s to 1h"});
  const Settings& s = loaded.settings;
  CHECK(s.server.listen.size() == 2);
  CHECK(s.server.listen[1].unix_path == machine.dir / "http.sock");
  CHECK(s.server.served_by == "Pi of the cellar");
  CHECK(s.server.headers[0].second == "GNU Terry Pratchett");
  CHECK(s.server.threads == 2u);
  CHECK(s.server.trusted_proxies.size() == 2);
  CHECK(s.php.workers == 6u);
  CHECK(s.php.version == "7.4");
  CHECK(s.php.address->port == 9000);
  CHECK(s.cache.memory == 96 * kMiB);
  CHECK_FALSE(s.cache.default_ttl.has_value());
  CHECK(s.cache.bypass_paths == Lines{"/shop/"});
  CHECK(s.cache.bypass_cookies.empty());
  CHECK(s.log.access == AccessLog::journal);
  CHECK(s.log.format == LogFormat::json);
  CHECK(s.log.level == "debug");
  CHECK(origin_of(loaded, "server", "threads") == machine.dir / "larder.ini:5");
}

TEST_CASE("The write budget is a share of the cache's size, a size, or none") {
  const Machine machine;
  const auto budget = [&](const std::string& text) {
    return machine.load_plain("[cache]\nsize = 1G\nwrite_budget = " + text + "\n").settings.cache.write_budget();
  };
  CHECK(budget("10%") == kGiB / 100 * 10);
  CHECK(budget("512M") == 512 * kMiB);
  CHECK(budget("off") == UINT64_MAX);
  CHECK(machine.problems("[cache]\nwrite_budget = 0%\n") ==
        Lines{"2: write_budget = 0%: out of range: 1 to 1000; write 1% to 1000%, a size, or off"});
  CHECK(machine.problems("[cache]\nwrite_budget = much\n") ==
        Lines{"2: write_budget = much: not a whole number with a unit; write bytes, or K, M, G (64M), a percentage "
              "(25%), or off"});
}

TEST_CASE("Lists may be given line by line; together they replace the default") {
  const Machine machine;
  const LoadedSettings loaded =
      machine.load("[server]\nheaders = X-A: 1\nheaders = X-B: 2 | X-C: 3\n[php]\ndeny = /up\ndeny = /files/ /tmp\n");
  CHECK(machine.lines(loaded) == Lines{});
  CHECK(loaded.settings.server.headers.size() == 3);
  CHECK(loaded.settings.php.deny == Lines{"/up/", "/files/", "/tmp/"});
}

TEST_CASE("Any other key given twice is a problem that names the first") {
  const Machine machine;
  CHECK(machine.problems("[php]\nworkers = 2\n[server]\n[php]\nworkers = 3\n") ==
        Lines{"5: \"workers\" is given twice (first at line 2)"});
}

TEST_CASE("An unknown key or section comes with the nearest known name") {
  const Machine machine;
  CHECK(machine.problems("[php]\nworkres = 4\n") ==
        Lines{"2: unknown key \"workres\" in [php]; did you mean \"workers\"?"});
  CHECK(machine.problems("[server]\nworkers = 4\n") ==
        Lines{"2: unknown key \"workers\" in [server]; it belongs to [php]"});
  CHECK(machine.problems("[log]\nxyzzyxyzzy = 4\n") ==
        Lines{"2: unknown key \"xyzzyxyzzy\" in [log]; there are access, format, level"});
  CHECK(machine.problems("[cahce]\nsize = 4\npath = x\n") ==
        Lines{"1: unknown section [cahce]; did you mean [cache]?"});
  CHECK(machine.problems("[varnish]\n") == Lines{"1: unknown section [varnish]; there are [server], [balancer], "
                                                 "[site], [php], [cache], [purge], [peers], [log]"});
  CHECK(machine.problems("[php fast]\nworkers = 4\n") ==
        Lines{"1: [php fast]: only [site NAME] takes a name; write [php]"});
}

TEST_CASE("All problems are reported at once, in the order of the file") {
  const Machine machine;
  const Lines problems = machine.problems(
      "[server]\nthreads = 0\ngarbage\nconections = 5\nlisten = nowhere\n[cache]\nsize = 1M\nmemory = 8T\n"
      "default_ttl = 1500ms\n[log]\naccess = PATH\nlevel = loud\n",
      {"php.workers=none", "php", "nothing.at=all"});
  const Lines expected = {
      "2: threads = 0: out of range: 1 to 64, or auto",
      "3: \"garbage\" is neither a [section] nor \"key = value\"",
      "4: unknown key \"conections\" in [server]; did you mean \"connections\"?",
      "5: listen = nowhere: \"nowhere\" is no address to listen on; write [::]:80, 0.0.0.0:8080, 8080 or "
      "unix:/run/x.sock",
      "7: size = 1M: out of range: 8M to 1024G",
      "8: memory = 8T: unknown unit \"T\"; write bytes, or K, M, G (64M), or auto",
      "9: default_ttl = 1500ms: seconds are the smallest unit of freshness; write s, m, h or d, or off",
      "11: access = PATH: not one of: off, journal, file:PATH",
      "12: level = loud: not one of: debug, info, warning, error",
      "--set php: not of the form section.key=value",
      "--set nothing.at=all: unknown section [nothing]; there are [server], [balancer], [site], [php], [cache], "
      "[purge], [peers], [log]",
      "--set php.workers=none: workers = none: not a whole number, or auto",
  };
  CHECK(problems == expected);
}

TEST_CASE("--set replaces what the file says, lists too, and the last one counts") {
  const Machine machine;
  const LoadedSettings loaded =
      machine.load("[server]\nlisten = 81\nlisten = 82\nheaders = X-A: 1\n",
                   {"server.listen=[::]:8080", "server.listen=8081, 8082", "server.headers="});
  CHECK(machine.lines(loaded) == Lines{});
  REQUIRE(loaded.settings.server.listen.size() == 2);
  CHECK(loaded.settings.server.listen[0].port == 8081);
  CHECK(loaded.settings.server.headers.empty());
  CHECK(origin_of(loaded, "server", "listen") == "--set");
}

TEST_CASE("Several sites keep their order, and each has all settings of a site") {
  const Machine machine;
  const std::string root = machine.dir.path();
  const LoadedSettings loaded = machine.load_plain(
      "[cache]\npath =\n[site]\nroot = " + root + "\n[site blog]\nhosts = Blog.Example *.blog.example\nroot = " + root +
      "\nfront_controller = none\n[site my.shop]\nhosts = shop.example\nroot = " + root + "\nindex = start.php\n");
  CHECK(machine.lines(loaded) == Lines{});
  REQUIRE(loaded.settings.sites.size() == 3);
  CHECK(loaded.settings.sites[0].hosts.empty());
  CHECK(loaded.settings.sites[1].name == "blog");
  CHECK(loaded.settings.sites[1].hosts == Lines{"blog.example", "*.blog.example"});
  CHECK(loaded.settings.sites[1].front_controller.empty());
  CHECK(loaded.settings.sites[1].index == Lines{"index.php", "index.html"});
  CHECK(loaded.settings.sites[2].index == Lines{"start.php"});
  CHECK(loaded.settings.cache.path.empty());
  CHECK(origin_of(loaded, "site blog", "index") == "default");
  CHECK(std::count_if(loaded.effective.begin(), loaded.effective.end(),
                      [](const EffectiveSetting& setting) { return setting.name == "root"; }) == 3);
}

TEST_CASE("A site with dots and blanks in its name can be set from the command line") {
  const Machine machine;
  const LoadedSettings loaded =
      machine.load("[site]\n", {"site www.shop.hosts=shop.example", "site www.shop.root=" + machine.dir.path()});
  CHECK(machine.lines(loaded) == Lines{});
  REQUIRE(loaded.settings.sites.size() == 2);
  CHECK(loaded.settings.sites[1].name == "www.shop");
}

TEST_CASE("A site that no request can choose is a problem, and so is a host with two sites") {
  const Machine machine;
  const std::string root = "root = " + machine.dir.path() + "\n";
  const LoadedSettings loaded =
      machine.load_plain("[cache]\npath=\n[site a]\nhosts = x.example\n" + root + "[site b]\n" + root +
                         "[site c]\nhosts = y.example X.example\n" + root);
  CHECK(
      machine.lines(loaded) ==
      Lines{"6: [site b] needs \"hosts = ...\": only the first site may answer for any host, so no request would ever "
            "choose this one",
            "8: host x.example already belongs to [site a]"});
}

TEST_CASE("A missing file is a problem only when somebody asked for it") {
  const Machine machine;
  const std::string path = machine.dir / "none.ini";
  const LoadedSettings required = load_settings(path, true, machine.overrides);
  REQUIRE(required.problems.size() == 1);
  CHECK(required.problems[0].where == path);
  CHECK(required.problems[0].message == "cannot be read: No such file or directory");
  CHECK(load_settings(path, false, machine.overrides).problems.empty());
  CHECK(load_settings(machine.dir.path(), false, machine.overrides).problems.size() == 1);  // a directory
}

TEST_CASE("A file that is far too large for an ini is refused, not read into memory") {
  const LoadedSettings loaded = load_settings("/dev/zero", true, Machine().overrides);
  REQUIRE_FALSE(loaded.problems.empty());
  CHECK(loaded.problems[0].message == "is larger than 1 MiB: that is no ini file");
}

TEST_CASE("A preset brings the rules of its kind of site, and says so") {
  const Machine machine;
  const LoadedSettings loaded = machine.load("[site]\npreset = mediawiki\n");
  REQUIRE(machine.lines(loaded) == Lines{});
  const auto& cookies = loaded.settings.cache.bypass_cookies;
  CHECK(std::count(cookies.begin(), cookies.end(), "*UserID") == 1);
  CHECK(std::count(cookies.begin(), cookies.end(), "wordpress_logged_in_*") == 0);
  CHECK(std::count(loaded.settings.php.deny.begin(), loaded.settings.php.deny.end(), "/images/") == 1);
  CHECK(origin_of(loaded, "cache", "bypass_cookies") == "preset mediawiki");
  CHECK(origin_of(loaded, "cache", "ignored_params") == "default");  // no preset is about it
  CHECK(origin_of(machine.load("[site]\npreset = wordpress\n"), "cache", "bypass_cookies") == "default");
}

TEST_CASE("What the ini says itself takes the place of the preset, setting by setting") {
  const Machine machine;
  const LoadedSettings loaded = machine.load("[site]\npreset = dokuwiki\n[cache]\nbypass_cookies = mine\n");
  REQUIRE(machine.lines(loaded) == Lines{});
  CHECK(loaded.settings.cache.bypass_cookies == Lines{"mine"});
  const auto& params = loaded.settings.cache.bypass_params;
  CHECK(std::count(params.begin(), params.end(), "do") == 1);
}

TEST_CASE("Of several sites all presets count, every word once") {
  const Machine machine;
  const LoadedSettings loaded =
      machine.load("[site]\nindex = index.php\n[site wiki]\nhosts = wiki.example.org\npreset = mediawiki\nroot = " +
                       machine.dir.path() + "\n",
                   {"site wiki.root=" + machine.dir.path()});
  const auto& cookies = loaded.settings.cache.bypass_cookies;
  CHECK(std::count(cookies.begin(), cookies.end(), "PHPSESSID") == 1);
  CHECK(std::count(cookies.begin(), cookies.end(), "*UserID") == 1);
  CHECK(std::count(cookies.begin(), cookies.end(), "wordpress_logged_in_*") == 1);
  CHECK(origin_of(loaded, "cache", "bypass_cookies") == "preset wordpress + mediawiki");
}

TEST_CASE("No preset leaves what only a site itself can know") {
  const Machine machine;
  const LoadedSettings loaded = machine.load("[site]\npreset = none\n");
  REQUIRE(machine.lines(loaded) == Lines{});
  CHECK(loaded.settings.cache.bypass_cookies == Lines{"PHPSESSID"});
  CHECK(loaded.settings.cache.bypass_paths.empty());
  CHECK(loaded.settings.php.deny.empty());
}

TEST_CASE("A preset that nobody knows is refused with those there are") {
  const Machine machine;
  CHECK(machine.problems("[site]\npreset = joomla\n") ==
        Lines{"2: preset = joomla: not one of: wordpress, woocommerce, mediawiki, dokuwiki, none"});
}

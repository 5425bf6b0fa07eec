#include "server/settings_table.h"

#include <fmt/core.h>

#include <array>

#include "server/presets.h"

namespace larder::server {
namespace {

constexpr Range kNoRange = {};
constexpr bool kList = true, kOnce = false, kLive = true;
constexpr std::uint64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

template <class T>
Status set(T& to, Result<T> value) {
  if (!value) return value.error();
  to = std::move(*value);
  return Done{};
}

template <class T>
Status append(std::vector<T>& to, Result<std::vector<T>> values) {
  if (!values) return values.error();
  to.insert(to.end(), std::make_move_iterator(values->begin()), std::make_move_iterator(values->end()));
  return Done{};
}

// "auto" (or another word) is no value; anything else goes through the parser.
template <class T, class Parsed>
Status set_unless(std::string_view word, std::optional<T>& to, std::string_view text, Result<Parsed> value) {
  to.reset();
  if (text == word) return Done{};
  if (!value) return Error{fmt::format("{}, or {}", value.error().message, word)};
  to = static_cast<T>(*value);
  return Done{};
}

Status set_switch(bool& to, const Assignment& a) {
  auto choice = parse_choice(a.text, "off on");
  if (!choice) return choice.error();
  to = *choice == 1;
  return Done{};
}

Status set_agent(const Assignment& a) {
  return set_unless("off", a.settings.balancer.agent, a.text, parse_listen_address(a.text));
}

Status set_php_address(const Assignment& a) {
  a.settings.php.address.reset();
  if (a.text.empty()) return Done{};
  auto address = fastcgi::parse_address(a.text);
  if (!address) return address.error();
  a.settings.php.address = std::move(*address);
  return Done{};
}

// Prefixes with a slash at both ends, as the router wants them.
Status set_php_deny(const Assignment& a) {
  auto paths = parse_paths(a.text);
  if (!paths) return paths.error();
  for (std::string& path : *paths) {
    if (path.front() != '/')
      return Error{fmt::format("\"{}\" does not begin with \"/\"; globs mean nothing here", path)};
    if (path.back() != '/') path += '/';
  }
  return append(a.settings.php.deny, std::move(paths));
}

Status set_default_ttl(const Assignment& a) {
  auto ttl = parse_duration(a.text, a.range);
  if (ttl && *ttl % 1000 != 0) ttl = Error{"seconds are the smallest unit of freshness; write s, m, h or d"};
  if (ttl) *ttl /= 1000;
  return set_unless("off", a.settings.cache.default_ttl, a.text, std::move(ttl));
}

Status set_seconds(std::int64_t& to, const Assignment& a) {
  to = 0;
  if (a.text == "off") return Done{};
  auto time = parse_duration(a.text, a.range);
  if (!time) return Error{fmt::format("{}, or off", time.error().message)};
  if (*time % 1000 != 0) return Error{"seconds are the smallest unit of freshness; write s, m, h or d"};
  to = *time / 1000;
  return Done{};
}

Status set_write_budget(const Assignment& a) {
  auto& cache = a.settings.cache;
  cache.write_percent.reset();
  cache.write_bytes = UINT64_MAX;
  if (a.text == "off") return Done{};
  if (a.text.ends_with('%')) {
    auto percent = parse_number(a.text.substr(0, a.text.size() - 1), {1, 1000});
    if (!percent) return Error{fmt::format("{}; write 1% to 1000%, a size, or off", percent.error().message)};
    cache.write_percent = *percent;
    return Done{};
  }
  auto bytes = parse_size(a.text, a.range);
  if (!bytes) return Error{fmt::format("{}, a percentage (25%), or off", bytes.error().message)};
  cache.write_bytes = *bytes;
  return Done{};
}

Status set_requests_per_client(const Assignment& a) {
  a.settings.server.requests_per_client = 0;
  if (a.text == "off") return Done{};
  auto number = parse_number(a.text, a.range);
  if (!number) return Error{number.error().message + ", or off"};
  a.settings.server.requests_per_client = *number;
  return Done{};
}

Status set_slow(const Assignment& a) {
  a.settings.php.slow = 0;
  if (a.text == "off") return Done{};
  auto time = parse_duration(a.text, a.range);
  if (!time) return Error{time.error().message + ", or off"};
  a.settings.php.slow = *time;
  return Done{};
}

Status set_root(const Assignment& a) {
  if (a.text.empty()) return Error{"needs the directory that holds the site"};
  a.site.root = a.text;
  return Done{};
}

Status set_front_controller(const Assignment& a) {
  const bool none = a.text.empty() || a.text == "none";
  if (!none && a.text.front() != '/') return Error{"not a path from the site's root; write /index.php, or none"};
  a.site.front_controller = none ? std::string_view{} : a.text;
  return Done{};
}

Status set_preset(const Assignment& a) {
  if (auto choice = parse_choice(a.text, preset_names()); !choice) return choice.error();
  a.site.preset = a.text;
  return Done{};
}

Status set_purge_token(const Assignment& a) {
  if (!a.text.empty() && a.text.size() < 16) return Error{"shorter than 16 characters: it could be guessed"};
  if (a.text.find(' ') != std::string_view::npos) return Error{"has a blank in it"};
  return set(a.settings.purge.token, parse_printable(a.text));
}

Status set_access(const Assignment& a) {
  auto& log = a.settings.log;
  log.access_file.clear();
  if (a.text.starts_with("file:")) {
    log.access_file = a.text.substr(5);
    log.access = AccessLog::file;
    return log.access_file.empty() ? Status(Error{"needs a path: file:/run/larder/access.log"}) : Status(Done{});
  }
  auto choice = parse_choice(a.text, "off journal file:PATH");
  if (!choice) return choice.error();
  if (*choice > 1) return Error{"PATH stands for the path of a file: file:/run/larder/access.log"};
  log.access = *choice == 0 ? AccessLog::off : AccessLog::journal;
  return Done{};
}

Status set_format(const Assignment& a) {
  auto choice = parse_choice(a.text, "combined json");
  if (!choice) return choice.error();
  a.settings.log.format = *choice == 0 ? LogFormat::combined : LogFormat::json;
  return Done{};
}

Status set_level(const Assignment& a) {
  auto choice = parse_choice(a.text, "debug info warning error");
  if (!choice) return choice.error();
  a.settings.log.level = a.text;
  return Done{};
}

constexpr std::array kTable = {
    // clang-format off
    SettingSpec{"server", "listen", "[::]:80", kList, "addresses", kNoRange,
      "Where to listen: [::]:80 (IPv6 and IPv4), 0.0.0.0:8080, 127.0.0.1:0 (any free port), 8080, unix:/run/x.sock. "
      "Several are separated by commas. Change it when a load balancer or another server has port 80.",
      [](const Assignment& a) { return append(a.settings.server.listen, parse_listen(a.text)); }},
    SettingSpec{"server", "served_by", "auto", kOnce, "auto or text", kNoRange,
      "The X-Served-By field of every answer. auto: the board's model (\"Raspberry Pi 3\"), else the host name. Change "
      "it to tell several equal boards apart.",
      [](const Assignment& a) { return set(a.settings.server.served_by, parse_printable(a.text)); }, kLive},
    SettingSpec{"server", "headers", "", kList, "Name: value", kNoRange,
      "Fields added to every answer, such as X-Clacks-Overhead: GNU Terry Pratchett. One a line (the key may be "
      "repeated), or several separated by \" | \". Quote a value that holds \" ;\".",
      [](const Assignment& a) { return append(a.settings.server.headers, parse_headers(a.text)); }, kLive},
    SettingSpec{"server", "threads", "auto", kOnce, "auto or number", {1, 64},
      "HTTP loops that share the clients. auto: one per core, at most 4; one already fills 100 Mbit/s from the cache. "
      "Where that is less than one per 126 of `connections`, more are kept ready for the rest.",
      [](const Assignment& a) {
        return set_unless("auto", a.settings.server.threads, a.text, parse_number(a.text, a.range)); }},
    SettingSpec{"server", "connections", "1000", kOnce, "number", {1, 20'000},
      "Clients at the same time; those above are answered 503 at once. Each may cost connection_memory.",
      [](const Assignment& a) { return set(a.settings.server.connections, parse_number(a.text, a.range)); }},
    SettingSpec{"server", "connections_per_client", "auto", kOnce, "auto or number", {1, 20'000},
      "Connections that one client (an address; of IPv6 a /64) may have at the same time; those above are answered 503. "
      "auto: a quarter of `connections`, and at least 16. Balancers of trusted_proxies may have all, and so may this "
      "board itself; whom a PROXY header names is the client.",
      [](const Assignment& a) {
        return set_unless("auto", a.settings.server.connections_per_client, a.text, parse_number(a.text, a.range)); }},
    SettingSpec{"server", "requests_per_client", "off", kOnce, "number or off", {1, 100'000},
      "Requests a second that one client may send, for more than two seconds on; those above are answered 429. Whom a "
      "trusted proxy names is the client. For when somebody keeps the board busy; many people may share an address, so "
      "begin with 100.", set_requests_per_client, kLive},
    SettingSpec{"server", "trusted_proxies", "", kList, "addresses and networks", kNoRange,
      "Load balancers whose X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Port and Forwarded fields are believed: "
      "192.0.2.10, 2001:db8::/32, or unix: for those on a Unix socket. Needed behind a balancer that ends HTTPS, or "
      "WordPress redirects for ever.",
      [](const Assignment& a) { return append(a.settings.server.trusted_proxies, parse_networks(a.text)); }, kLive},
    SettingSpec{"server", "proxy_protocol", "off", kOnce, "on or off", kNoRange,
      "on: every connection from trusted_proxies begins with a PROXY header, version 1 or 2, and the client it names is "
      "the one that counts, for the log, REMOTE_ADDR and limits. For balancers that pass TCP on. Fields like "
      "X-Forwarded-For are then believed only if that client is trusted too.",
      [](const Assignment& a) { return set_switch(a.settings.server.proxy_protocol, a); }, kLive},
    SettingSpec{"server", "stats_allow", "", kList, "addresses and networks", kNoRange,
      "Who may read /larder/stats.",
      [](const Assignment& a) { return append(a.settings.server.stats_allow, parse_networks(a.text)); }, kLive},
    SettingSpec{"server", "header_timeout", "10s", kOnce, "duration", {kSecond, 10 * kMinute},
      "Longest time for a whole request head, from its first byte to its last. Raise it for very slow clients.",
      [](const Assignment& a) { return set(a.settings.server.header_timeout, parse_duration(a.text, a.range)); }},
    SettingSpec{"server", "keepalive_timeout", "15s", kOnce, "duration", {kSecond, kHour},
      "How long an idle connection is kept. Raise it above the balancer's own when one keeps connections open.",
      [](const Assignment& a) { return set(a.settings.server.keepalive_timeout, parse_duration(a.text, a.range)); }},
    SettingSpec{"server", "send_timeout", "60s", kOnce, "duration", {kSecond, kHour},
      "A client that takes nothing of its answer for so long is cut off; so is one that, over the whole of it, falls so "
      "far behind 4 KB a second.",
      [](const Assignment& a) { return set(a.settings.server.send_timeout, parse_duration(a.text, a.range)); }},
    SettingSpec{"server", "connection_memory", "16K", kOnce, "size", {4 * kKiB, kMiB},
      "Buffer of one connection. The largest request head is a little less than half of it; raise it when large cookies "
      "are answered 431.",
      [](const Assignment& a) { return set(a.settings.server.connection_memory, parse_size(a.text, a.range)); }},

    SettingSpec{"balancer", "agent", "off", kOnce, "address or off", kNoRange,
      "Where HAProxy's agent-check is told how much work this board can take: [::]:8081 for \"agent-check agent-port "
      "8081\". Whoever connects gets a line such as \"ready up 75% maxconn:96\", or \"drain\".", set_agent},
    SettingSpec{"balancer", "notice", "auto", kOnce, "auto or duration", {0, 5 * kMinute},
      "How long Larder goes on accepting after SIGTERM while it tells balancers, by agent and /larder/health, that it is "
      "draining; longer than their interval between checks. auto: 3s where one of the two was asked for in the last half "
      "minute, else 0s.",
      [](const Assignment& a) {
        return set_unless("auto", a.settings.balancer.notice, a.text, parse_duration(a.text, a.range)); }},

    SettingSpec{"site", "hosts", "", kList, "host names", kNoRange,
      "The host names of this site, globs allowed: example.org *.example.org. Empty: any host, which only the first "
      "site may have. The first site also answers for hosts that no site knows; such pages are not stored.",
      [](const Assignment& a) { return append(a.site.hosts, parse_hosts(a.text)); }, kLive},
    SettingSpec{"site", "root", "/var/www/html", kOnce, "directory", kNoRange,
      "The directory with the files of the site. Nothing outside it is ever served.", set_root, kLive},
    SettingSpec{"site", "index", "index.php index.html", kList, "file names", kNoRange,
      "Tried in this order when a directory is asked for.",
      [](const Assignment& a) { return append(a.site.index, parse_file_names(a.text)); }, kLive},
    SettingSpec{"site", "front_controller", "/index.php", kOnce, "path or none", kNoRange,
      "The script that answers for paths which are no file: pretty permalinks. none: they are 404.",
      set_front_controller, kLive},
    SettingSpec{"site", "preset", kWordPress.name, kOnce, "wordpress, woocommerce, mediawiki, dokuwiki or none", kNoRange,
      "The kind of site: whose pages are never shared, as php.deny and the bypass_ settings of [cache] say it. woocommerce "
      "is WordPress with a shop; none is for sites that say of each page who may keep it. Of several sites all kinds count "
      "for each. A setting that you give yourself takes the place of what the presets say of it.", set_preset, kLive},

    SettingSpec{"php", "workers", "auto", kOnce, "auto or number", {1, 256},
      "PHP workers, which is how many pages are rendered at the same time. auto: one per core, as far as memory "
      "goes. More only when PHP waits for a remote database; each costs 50 to 80 MB. `larder check` shows the plan.",
      [](const Assignment& a) {
        return set_unless("auto", a.settings.php.workers, a.text, parse_number(a.text, a.range)); }},
    SettingSpec{"php", "version", "auto", kOnce, "auto, version or path", kNoRange,
      "auto: the newest php-fpm installed; else 7.4, 8.2 ... for sites that need a certain one, or the path of a php-fpm "
      "that is nowhere else to be found.",
      [](const Assignment& a) { return set(a.settings.php.version, parse_php_version(a.text)); }},
    SettingSpec{"php", "address", "", kOnce, "unix:PATH or HOST:PORT", kNoRange,
      "A PHP-FPM pool that somebody else runs; give it pm.max_children = workers, a request_terminate_timeout above "
      "timeout, and max_body as its post_max_size. Empty: Larder starts php-fpm itself and watches it.", set_php_address},
    SettingSpec{"php", "user", "auto", kOnce, "auto or user name", kNoRange,
      "The user that PHP runs as when Larder itself is started by root. auto: www-data then, else Larder's own user.",
      [](const Assignment& a) {
        return set(a.settings.php.user, parse_printable(a.text == "auto" ? std::string_view{} : a.text)); }},
    SettingSpec{"php", "timeout", "30s", kOnce, "duration", {kSecond, kHour},
      "Longest render of a page; then the client gets 504 and the worker is ended.",
      [](const Assignment& a) { return set(a.settings.php.timeout, parse_duration(a.text, a.range)); }},
    SettingSpec{"php", "queue", "auto", kOnce, "auto or number", {0, 10'000},
      "Pages that may wait for a free worker, each with all who asked for it. When it is full, plain pages push out "
      "searches, feeds and robots, administrators find a place, and the rest is answered 503 with Retry-After at once. "
      "auto: what is done in three seconds, as measured; 4 to 24.",
      [](const Assignment& a) {
        return set_unless("auto", a.settings.php.queue, a.text, parse_number(a.text, a.range)); }},
    SettingSpec{"php", "slow", "5s", kOnce, "duration or off", {kSecond, 10 * kMinute},
      "A page that takes longer is told in the log, with the lines of PHP where it is. Whole seconds. off: never.",
      set_slow},
    SettingSpec{"php", "queue_wait", "3s", kOnce, "duration", {100, 10 * kMinute},
      "Longest wait in that queue; then 503 with Retry-After.",
      [](const Assignment& a) { return set(a.settings.php.queue_wait, parse_duration(a.text, a.range)); }},
    SettingSpec{"php", "max_body", "64M", kOnce, "size", {kKiB, 2047 * kMiB},
      "Largest request body (an upload); larger ones are answered 413. PHP's own limits follow it.",
      [](const Assignment& a) { return set(a.settings.php.max_body, parse_size(a.text, a.range)); }},
    SettingSpec{"php", "deny", kWordPress.deny, kList, "paths", kNoRange,
      "No script runs below these paths: the places into which a site lets people upload.", set_php_deny, kLive},
    SettingSpec{"php", "spool", "2G", kOnce, "size", {kMiB, 1024 * kGiB},
      "Bytes of large bodies, in either direction, that may lie on the cache drive while a client is slow; in memory, "
      "without a drive, 64M at most. Files on their way to Larder's own PHP go the same way, but are not counted.",
      [](const Assignment& a) { return set(a.settings.php.spool, parse_size(a.text, a.range)); }},

    SettingSpec{"cache", "path", "/var/cache/larder", kOnce, "directory or block device", kNoRange,
      "The directory of the page cache, best on a USB drive of its own, or a partition without a file system "
      "(/dev/disk/by-partuuid/...; the service may use it after \"systemctl edit larder\" with PrivateDevices=no and "
      "SupplementaryGroups=disk). While it is not there, pages are kept in memory only. Empty: always.",
      [](const Assignment& a) { return set(a.settings.cache.path, parse_printable(a.text)); }},
    SettingSpec{"cache", "size", "8G", kOnce, "size", {8 * kMiB, 1024 * kGiB},
      "Bytes of that drive used for pages. Once full, the oldest pages make room.",
      [](const Assignment& a) { return set(a.settings.cache.size, parse_size(a.text, a.range)); }},
    SettingSpec{"cache", "memory", "auto", kOnce, "auto or size", {kMiB, 64 * kGiB},
      "Memory for the pages asked for most. auto: a tenth of the board's memory, less where PHP leaves less. "
      "While memory is short it is cut to half, a third or a sixth.",
      [](const Assignment& a) {
        return set_unless("auto", a.settings.cache.memory, a.text, parse_size(a.text, a.range)); }},
    SettingSpec{"cache", "write_budget", "25%", kOnce, "size, percentage or off", {kMiB, 1024 * kGiB},
      "Bytes a day that may be written to that drive, which wears out with them; a percentage is of size. When half of "
      "it is left, only pages that were asked for again are written; when nothing, pages stay in memory. off: no limit.",
      set_write_budget},
    SettingSpec{"cache", "default_ttl", "10m", kOnce, "duration or off", {kSecond, 365 * kDay},
      "How long a page stays fresh that says nothing about it, as WordPress pages do. off: only what declares itself "
      "fresh (Cache-Control, Expires) is stored.", set_default_ttl, kLive},
    SettingSpec{"cache", "compress", "on", kOnce, "on or off", kNoRange,
      "Text pages and text files (up to 2 MiB) are kept as brotli and gzip, made once and not for each client: a fifth "
      "of the memory, of the drive and of the line. off: for a balancer that does it, or that changes pages on their "
      "way.",
      [](const Assignment& a) { return set_switch(a.settings.cache.compress, a); }},
    SettingSpec{"cache", "stale_while_revalidate", "1h", kOnce, "duration or off", {kSecond, 365 * kDay},
      "How long after its end such a page is still sent while PHP makes it anew in the background, so that no visitor "
      "waits for that. A page that declares its end is used longer only if it says so (stale-while-revalidate).",
      [](const Assignment& a) { return set_seconds(a.settings.cache.stale_while_revalidate, a); }, kLive},
    SettingSpec{"cache", "stale_if_error", "24h", kOnce, "duration or off", {kSecond, 365 * kDay},
      "How long after its end a page is sent when PHP has no answer: it is down, all its workers are taken, or it fails "
      "with 500, 502, 503 or 504. Not pages that say must-revalidate; stale-if-error of a page goes before this.",
      [](const Assignment& a) { return set_seconds(a.settings.cache.stale_if_error, a); }, kLive},
    SettingSpec{"cache", "client_directives", "on", kOnce, "on or off", kNoRange,
      "Whether Cache-Control and Pragma of requests count, as RFC 9111 says: a browser's reload has PHP asked. off: when "
      "people who reload a page keep PHP too busy.",
      [](const Assignment& a) { return set_switch(a.settings.cache.client_directives, a); }, kLive},
    SettingSpec{"cache", "bypass_cookies", kWordPress.bypass_cookies, kList, "cookie names", kNoRange,
      "Requests with one of these cookies go to PHP and are never stored. Globs. A value here replaces the list: "
      "repeat what you still need.",
      [](const Assignment& a) {
        return append(a.settings.cache.bypass_cookies, Result<std::vector<std::string>>(split_words(a.text))); }, kLive},
    SettingSpec{"cache", "bypass_paths", kWordPress.bypass_paths, kList, "paths", kNoRange,
      "Beginnings of paths that are never stored; * and ? are wildcards. A value here replaces the list.",
      [](const Assignment& a) { return append(a.settings.cache.bypass_paths, parse_paths(a.text)); }, kLive},
    SettingSpec{"cache", "bypass_params", kWordPress.bypass_params, kList, "parameter names", kNoRange,
      "Requests with one of these query parameters go to PHP and are never stored: previews, the page after a comment. "
      "Globs. A value here replaces the list.",
      [](const Assignment& a) {
        return append(a.settings.cache.bypass_params, Result<std::vector<std::string>>(split_words(a.text))); }, kLive},
    SettingSpec{"cache", "ignored_params",
      "utm_* gclid gclsrc dclid gbraid wbraid fbclid msclkid yclid twclid igshid mc_cid mc_eid _ga _gl", kList,
      "parameter names", kNoRange,
      "Query parameters of advertisers that do not change a page: PHP sees them, but they make no page of their own. "
      "Globs. A value here replaces the list.",
      [](const Assignment& a) {
        return append(a.settings.cache.ignored_params, Result<std::vector<std::string>>(split_words(a.text))); }, kLive},

    SettingSpec{"purge", "allow", "127.0.0.0/8 ::1 unix:", kList, "addresses and networks", kNoRange,
      "Who may purge pages without a token: PURGE, and POST /larder/purge. A proxy on this board that is not among "
      "trusted_proxies looks like the board itself: then leave this empty and use a token.",
      [](const Assignment& a) { return append(a.settings.purge.allow, parse_networks(a.text)); }, kLive},
    SettingSpec{"purge", "token", "", kOnce, "text", kNoRange,
      "Who sends \"Authorization: Bearer TOKEN\" may purge from anywhere. Long and random, and not in an ini that "
      "everybody can read. Empty: nobody may.", set_purge_token, kLive},

    SettingSpec{"peers", "nodes", "", kList, "http://HOST or http://HOST:PORT", kNoRange,
      "The other Larders, which forget what is purged at this one: PURGE, POST /larder/purge, larder purge; not what a "
      "POST of a visitor changes. The same list may stand on all of them: one that finds itself in it does no harm. Each "
      "has to let the others purge: by purge.token, the same everywhere, or purge.allow. Nobody waits for them; one that "
      "does not answer is told when it does.",
      [](const Assignment& a) { return append(a.settings.peers.nodes, parse_peers(a.text)); }, kLive},

    SettingSpec{"log", "access", "off", kOnce, "off, journal or file:PATH", kNoRange,
      "One line for each request: off (a busy board has better things to do), journal (standard output), or a file; "
      "not on the SD card. SIGHUP opens the file again.", set_access},
    SettingSpec{"log", "format", "combined", kOnce, "combined or json", kNoRange,
      "combined: as Apache and nginx write it, then cache status and milliseconds. json: an object a line.", set_format},
    SettingSpec{"log", "level", "info", kOnce, "debug, info, warning or error", kNoRange,
      "The least important news that is logged.", set_level, kLive},
    // clang-format on
};

}  // namespace

std::span<const SettingSpec> settings_table() { return kTable; }

}  // namespace larder::server

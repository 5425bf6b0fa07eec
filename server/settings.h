// Settings: every setting of larder.ini, declared once (settings.cpp holds the table: section, name, type, default,
// range, text). Parser, `larder check` and the manual come from that table.
//
// They are read from the file and the --set options; each value is checked by itself and then the whole (directories
// exist, the cache path is writable, addresses parse). Every problem is one line: FILE:LINE: what; nearest name; what
// to do.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "fastcgi/address.h"
#include "server/endpoint.h"
#include "server/peer_address.h"

namespace larder::server {

struct ListenAddress {
  std::string unix_path;    // set: Unix socket
  std::string host;         // numeric, without brackets; "::" listens for IPv4 too; empty means "::"
  std::uint16_t port = 80;  // 0: any free port
};

struct SiteSettings {
  std::string name;                // "" for [site]
  std::vector<std::string> hosts;  // globs; empty: any host
  std::string root;
  std::vector<std::string> index;
  std::string front_controller;  // empty: none
  std::string preset;            // see presets.h
};

enum class AccessLog { off, journal, file };
enum class LogFormat { combined, json };

struct Settings {
  std::map<std::string, std::string> origins;  // of "section.name": "default", "larder.ini:12", "--set"
  struct Server {
    std::vector<ListenAddress> listen;
    std::string served_by;  // "auto" resolved by the program
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<unsigned> threads;  // nullopt: auto
    unsigned connections = 0;
    std::optional<unsigned> connections_per_client;  // nullopt: auto
    unsigned requests_per_client = 0;                // a second; 0: off
    std::vector<Network> trusted_proxies;
    bool proxy_protocol = false;       // trusted_proxies begin each connection with a PROXY header
    std::vector<Network> stats_allow;  // who may read /larder/stats
    Millis header_timeout = 0, keepalive_timeout = 0, send_timeout = 0;
    std::uint64_t connection_memory = 0;  // bytes of buffer per connection; bounds the request head
  } server;
  std::vector<SiteSettings> sites;  // at least one; the first is the default
  struct Balancer {
    std::optional<ListenAddress> agent;  // nullopt: off
    std::optional<Millis> notice;        // nullopt: auto
  } balancer;
  struct Php {
    std::optional<unsigned> workers;  // nullopt: auto
    std::string version;              // "auto", "8.2" or a path
    std::optional<fastcgi::Address> address;
    std::string user;  // empty: auto
    Millis timeout = 0, queue_wait = 0;
    Millis slow = 0;                // 0: off
    std::optional<unsigned> queue;  // nullopt: auto
    std::uint64_t max_body = 0;
    std::vector<std::string> deny;
    std::uint64_t spool = 0;  // bytes of bodies that may lie on the cache drive
  } php;
  struct Cache {
    std::string path;  // empty: memory only
    std::uint64_t size = 0;
    std::optional<std::uint64_t> memory;  // nullopt: auto
    std::uint64_t write_budget() const { return write_percent ? size / 100 * *write_percent : write_bytes; }
    std::uint64_t write_bytes = 0;                                // a day; UINT64_MAX: no limit
    std::optional<unsigned> write_percent = 25;                   // of the size, a day, in place of bytes
    std::optional<std::int64_t> default_ttl;                      // seconds; nullopt: off
    std::int64_t stale_while_revalidate = 0, stale_if_error = 0;  // seconds
    bool client_directives = true, compress = true;
    std::vector<std::string> bypass_cookies, bypass_paths, bypass_params, ignored_params;
  } cache;
  struct Purge {
    std::vector<Network> allow;
    std::string token;  // empty: by address alone
  } purge;
  struct Peers {
    std::vector<PeerAddress> nodes;  // their token is that of purge
  } peers;
  struct Log {
    AccessLog access = AccessLog::off;
    std::string access_file;
    LogFormat format = LogFormat::combined;
    std::string level;  // debug info warning error
  } log;
};

struct Problem {
  std::string where;  // "larder.ini:12" or "--set php.workres=4"
  std::string message;
  bool may_pass = false;  // the daemon starts all the same, and waits for what is missing
};
std::string describe(const Problem& problem);  // "larder.ini:12: ..."

struct EffectiveSetting {
  std::string section, name, value, origin;  // origin: "default", "larder.ini:12", "--set", "preset mediawiki"
};

struct LoadedSettings {
  Settings settings;
  std::vector<EffectiveSetting> effective;  // every setting, in table order, sites repeated
  std::vector<Problem> problems;
  const Problem* worst() const;  // the first that keeps a daemon from using them, or nullptr
};

// config_path: empty for none (defaults only). overrides: "section.key=value", also "site NAME.root=...".
// A missing file is a problem when `config_required`.
LoadedSettings read_settings(const std::string& config_path, bool config_required,
                             const std::vector<std::string>& overrides);

// And whether this machine has what they ask for (environment.h).
LoadedSettings load_settings(const std::string& config_path, bool config_required,
                             const std::vector<std::string>& overrides);

// The whole table as a commented ini file with its defaults; what packaging/larder.ini is made from.
std::string default_ini();

}  // namespace larder::server

// PhpFpm: a php-fpm of our own: found, configured, started, watched, started again, ended.
//
// php-fpm runs as our child (--nodaemonize) on a private Unix socket, with a generated configuration. The pool of the
// distribution's own service is left alone. A thread waits for the child; when it ends unasked it is started again,
// with a back-off of 1 s doubling to 30 s while it keeps ending early (see restart_delay.h). Nothing of it survives
// Larder, not even a kill -9 (see base/child.h). What it prints is reported (see output_lines.h).
// Threads: all functions of PhpFpm from any thread. Sources: php-fpm(8), php.net/install.fpm.configuration.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "base/result.h"

namespace larder::fastcgi {

struct PhpFpmOptions {
  std::string version = "auto";  // "auto": the newest installed; else "7.4", "8.2" ..., or the path of a php-fpm
  std::string runtime_dir;       // private directory for socket, configuration and pid; created 0700 if missing
  std::string temp_dir;          // upload_tmp_dir and sys_temp_dir; made if missing
  std::size_t workers = 4;
  Millis timeout = 30'000;            // request_terminate_timeout
  Millis slow = 0;                    // request_slowlog_timeout, rounded up to seconds; 0: off
  std::uint64_t max_body = 64 << 20;  // post_max_size and upload_max_filesize
  std::size_t max_requests = 1000;    // a worker is replaced after that many
  std::string user;                   // run the workers as this user; empty: as Larder's own
  // Extra php_admin_value[...] lines; opcache.* go to the command line, because opcache is set up before any pool.
  std::vector<std::pair<std::string, std::string>> ini;
  std::vector<std::string> search = {"/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"};  // for php-fpm
};

// Executables named php-fpmX.Y (Debian) or php-fpm in the given directories, newest version first, each once. The
// version is what the name says, after links or before them; else empty and last.
struct PhpBinary {
  std::string path, version;
};
std::vector<PhpBinary> find_php_fpm(const std::vector<std::string>& directories);
bool is_program(const std::string& path);  // there, a file, and we may run it

// The text of the configuration file; pure. Values must have passed check_php_options().
std::string php_fpm_config(const PhpFpmOptions&, const std::string& socket_path);

// The program and its arguments; pure.
std::vector<std::string> php_fpm_command(const PhpFpmOptions&, const std::string& binary,
                                         const std::string& config_path);

// Refuses what cannot be written into a configuration file as one value; pure.
Status check_php_options(const PhpFpmOptions&);

class PhpFpm {
 public:
  // Finds PHP, writes the configuration, starts it and waits (at most 10 s) until its socket accepts connections.
  // The error says what is missing and which package brings it.
  static Result<std::unique_ptr<PhpFpm>> start(PhpFpmOptions, const Clock&, Counters&, Report);
  ~PhpFpm();  // stop()

  const std::string& socket_path() const;
  const PhpBinary& binary() const;
  int pid() const;  // of the master, 0 while it is down
  void stop();      // ends master and workers; returns when they are gone (killed after 5 s)

 private:
  class Impl;
  explicit PhpFpm(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace larder::fastcgi

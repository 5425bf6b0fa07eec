// Daemon: builds the graph of parts from the settings, runs it until a signal ends it, takes it down in order.
//
// The thread that calls run() waits for signals and, several times a second, lets deadlines expire; the housekeeper
// (housekeeper.h) watches the board. SIGTERM and SIGINT end gracefully: no new connections, what is being answered is
// answered (at most php.timeout), then everything stops; a second one ends at once. SIGHUP opens the access log again.
#pragma once

#include <memory>

#include "base/log.h"
#include "base/result.h"
#include "server/settings.h"

namespace larder::server {

class Daemon {
 public:
  // Blocks the signals it handles; call it before any other thread exists.
  static Result<std::unique_ptr<Daemon>> start(const Settings&, Log&);
  ~Daemon();
  int run();  // the exit code

 private:
  class Impl;
  explicit Daemon(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace larder::server

// Daemon: builds the graph of parts from the settings, runs it until a signal ends it, takes it down in order.
//
// The thread that calls run() waits for signals and, several times a second, lets deadlines expire; the housekeeper
// (housekeeper.h) watches the board. SIGTERM and SIGINT end gracefully: no new connections, what is being answered is
// answered (at most php.timeout), then everything stops; a second one ends at once. SIGHUP opens the access log
// again and reads the settings again (reload.h). A restart, asked for through the control port, is as SIGTERM, but the
// listening sockets stay open for the program that follows.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "server/listener.h"
#include "server/settings.h"

namespace larder::server {

using SettingsLoader = std::function<LoadedSettings()>;  // reads them again; called on any thread

class Daemon {
 public:
  // Blocks the signals it handles; call it before any other thread exists.
  static Result<std::unique_ptr<Daemon>> start(LoadedSettings, SettingsLoader, Log&);
  ~Daemon();
  int run();  // the exit code
  // After run(): the listening sockets for the program that is to follow; none unless a restart was asked for.
  std::vector<Listener> hand_over();

 private:
  class Impl;
  explicit Daemon(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace larder::server

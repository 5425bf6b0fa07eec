// Control: how `larder drain` and its like reach the daemon: a line to the Unix socket "control" in its runtime
// directory, some text back.
//
// The socket may be used by the daemon's user and by root. The answer begins with "ok: " or "error: "; what follows is
// for people.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "server/line_port.h"

namespace larder::server {

// The daemon's side: commands by name, called with what follows it in the line, on the port's thread.
using Commands = std::map<std::string, std::function<Result<std::string>(std::string_view)>, std::less<>>;
std::string answer_command(const Commands& commands, std::string_view line);

class ControlPort {
 public:
  explicit ControlPort(const Clock& clock) : clock_(clock) {}
  Status start(const std::string& runtime_dir, Commands commands);
  void stop();

 private:
  const Clock& clock_;
  std::unique_ptr<LinePort> port_;
};

// The other side. `pid`: which daemon; 0: the only one that there is. Waits at most some seconds.
Result<std::string> tell_daemon(std::string_view command, pid_t pid);

// "/run/larder/larder-123/control", of every daemon below these directories that this user may reach.
std::vector<std::string> control_sockets(const std::vector<std::string>& directories);

}  // namespace larder::server

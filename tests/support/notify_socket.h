// NotifySocket: the supervisor's end of sd_notify(3), with which a daemon says that it is ready.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "tests/support/process.h"

namespace larder::testing {

class NotifySocket {
 public:
  explicit NotifySocket(std::string path);
  const std::string& path() const { return path_; }  // for NOTIFY_SOCKET
  // Waits for "READY=1"; false when the process ended or the limit passed before it came.
  bool wait_ready(Process&, Millis limit);
  // What has come since it was last asked, a message a line; does not wait.
  std::string told();

 private:
  std::string path_;
  UniqueFd fd_;
};

}  // namespace larder::testing

// RuntimeDir: a private directory in memory for sockets and generated configuration, removed at the end.
//
// $RUNTIME_DIRECTORY (systemd), else /run, else $XDG_RUNTIME_DIR, else /tmp; in it "larder-PID". Directories left by a
// Larder that was killed are removed on the way.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace larder::server {

class RuntimeDir {
 public:
  static Result<RuntimeDir> create();
  RuntimeDir(RuntimeDir&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  RuntimeDir& operator=(RuntimeDir&&) = delete;
  ~RuntimeDir();
  const std::string& path() const { return path_; }

  // Where those of running daemons are: wherever they are made, and where systemd makes it for the service. Below
  // board_root(), so that a test has nothing to do with a Larder that runs on the same machine.
  static std::vector<std::string> places();
  static bool is_of_living(std::string_view name);  // "larder-123" while there is a process 123

 private:
  explicit RuntimeDir(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace larder::server

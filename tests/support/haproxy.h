// HaProxy: a real HAProxy in front of the daemons of a test, and what it thinks of them.
//
// It listens on 127.0.0.1 and on ::1, on one port; the test writes the rest of its configuration. Threads: one at a
// time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/http_client.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace larder::testing {

class HaProxy {
 public:
  // `mode` is http or tcp; `frontend` and `backend` are lines of those sections. Returns when it answers; throws when
  // it cannot.
  HaProxy(const std::string& mode, const std::string& backend, const std::string& frontend = "");

  std::uint16_t port() const { return port_; }
  HttpClient client(ClientOptions options = {}) const;

  // A column of "show stat" (weight, status, agent_status, slim ...) for that server of the backend.
  std::string server(const std::string& name, const std::string& column) const;
  std::string log() const { return read_file(directory_ / "log"); }

 private:
  bool starts(const std::string& mode, const std::string& backend, const std::string& frontend);
  bool answers() const;
  std::string ask(const std::string& command) const;  // at the statistics socket

  TempDir directory_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace larder::testing

// AccessLog: one line per answered request: the combined format plus cache status and milliseconds, or JSON.
//
// Lines are formatted by pure functions, queued (bounded; beyond it they are dropped and counted) and written by the
// log's own thread: a slow disk or journal never holds a request. "journal" means standard output, which systemd leads
// there. Threads: every function from any.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/counters.h"
#include "base/result.h"
#include "server/settings.h"

namespace larder::server {

struct AccessEntry {
  std::string_view client, method, target, version, host, referer, user_agent, cache;  // cache: "hit", "miss", "-" ...
  int status = 0;
  std::uint64_t body_bytes = 0;  // bytes of body sent
  Millis wall = 0;               // when the request was answered
  double duration_ms = 0;
};

std::string format_combined(const AccessEntry&);  // ends with a newline; control characters and quotes escaped as \xHH
std::string format_json(const AccessEntry&);      // one object, ends with a newline; always valid UTF-8

class AccessLogger {
 public:
  // AccessLog::off gives one that writes nothing. The counters must outlive it.
  static Result<std::unique_ptr<AccessLogger>> open(const Settings::Log&, Counters&);
  ~AccessLogger();  // writes what is queued
  bool enabled() const { return impl_ != nullptr; }
  void write(const AccessEntry&);
  // Opens the file again under its name, after it was rotated. On an error the lines go on into the old file.
  Status reopen();
  void flush();  // waits until what was queued is written; for tests

 private:
  class Impl;
  explicit AccessLogger(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace larder::server

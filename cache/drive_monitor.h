// DriveMonitor: the DriveHealth that all who use the drive share; it says in the log when the state changes, once.
//
// Threads: all functions from any thread; the report is made outside the lock.
#pragma once

#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "base/result.h"
#include "cache/drive_health.h"

namespace larder::cache {

class DriveMonitor {
 public:
  DriveMonitor(const Clock& clock, Counters& counters, Report report)
      : clock_(clock), counters_(counters), report_(std::move(report)) {}

  DriveState state() const;
  bool should_open() const;
  bool may_read() const;
  bool may_write() const;
  bool write_failing() const;
  bool given_up() const;

  void open_failed(const Error& why);
  void opened();
  void recovered();
  void lost();
  void read_failed(const Error& why);  // counted
  void stuck();
  void read_worked();
  void write_failed(const Error& why);  // counted
  void write_worked();

 private:
  template <class Change>
  void change(std::string_view why, Change change);
  void tell(DriveState before, DriveState after, std::string_view why);

  const Clock& clock_;
  Counters& counters_;
  const Report report_;
  mutable std::mutex mutex_;
  DriveHealth health_;
  bool told_absent_ = false;
};

}  // namespace larder::cache

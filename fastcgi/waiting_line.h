// WaitingLine: the jobs that wait for a PHP worker, and who is next. Pure: time is given.
//
// Not overloaded: by class, then first come. Overloaded: by class, then the most waiters, then the newest; who is
// served then is served in time, instead of everybody too late. Overloaded is as in CoDel (RFC 8289): for kWindow,
// whenever a job was taken, the oldest had waited kTarget. An oldest that has not, or the last one, ends it. A full
// line lets a job of a better class push out the worst one: of the lowest class, with the fewest waiters, the newest.
// Administrators have kReserved places of their own, and no others. They go first, but not twice in a row while others
// wait: a class can be forged. Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "fastcgi/job.h"

namespace larder::fastcgi {

class WaitingLine {
 public:
  static constexpr Millis kTarget = 500, kWindow = 2'000;
  static constexpr std::size_t kReserved = 4;

  struct Waiting {
    std::shared_ptr<Job> job;
    JobClass job_class = JobClass::canonical;
    Millis since = 0;
    std::uint64_t number = 0;  // in order of arrival
  };

  struct Pushed {
    bool taken = false;
    std::shared_ptr<Job> displaced;  // who has to go for it; may be null
  };

  // `room`: how many may wait, beside those in the reserved places.
  Pushed push(std::shared_ptr<Job> job, std::size_t room, Millis now);
  // The next one; nothing when nobody waits who may go.
  std::optional<Waiting> pop(Millis now, bool only_administrators = false);
  std::vector<Waiting> expire(Millis now, Millis longest);  // takes those out that waited longer
  std::vector<Waiting> clear();

  std::size_t size() const { return line_.size(); }
  std::size_t administrators() const;  // of these
  bool overloaded() const { return overloaded_; }

 private:
  using Place = std::vector<Waiting>::iterator;

  bool goes_before(const Waiting& one, const Waiting& other) const;
  Place worst();
  void judge(Millis now);

  std::vector<Waiting> line_;
  std::uint64_t arrivals_ = 0;
  std::optional<Millis> late_since_;
  bool overloaded_ = false;
  bool administrator_was_last_ = false;
};

// How many may wait: what is done in three seconds, within 4 and 24. `each`: milliseconds that one takes.
std::size_t room_for(std::size_t workers, Millis each);

}  // namespace larder::fastcgi

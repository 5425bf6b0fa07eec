#include "cache/drive_monitor.h"

#include <fmt/core.h>

namespace larder::cache {

DriveState DriveMonitor::state() const {
  std::lock_guard lock(mutex_);
  return health_.state();
}

bool DriveMonitor::should_open() const {
  std::lock_guard lock(mutex_);
  return health_.should_open(clock_.steady());
}

bool DriveMonitor::may_read() const {
  std::lock_guard lock(mutex_);
  return health_.may_read();
}

bool DriveMonitor::may_write() const {
  std::lock_guard lock(mutex_);
  return health_.may_write(clock_.steady());
}

bool DriveMonitor::write_failing() const {
  std::lock_guard lock(mutex_);
  return health_.write_failing();
}

bool DriveMonitor::given_up() const {
  std::lock_guard lock(mutex_);
  return health_.given_up(clock_.steady());
}

template <class Change>
void DriveMonitor::change(std::string_view why, Change change) {
  DriveState before{}, after{};
  {
    std::lock_guard lock(mutex_);
    before = health_.state();
    change(health_, clock_.steady());
    after = health_.state();
  }
  if (before != after) tell(before, after, why);
}

void DriveMonitor::open_failed(const Error& why) {
  change(why.message, [](DriveHealth& health, Millis now) { health.open_failed(now); });
  // The one change that is none: the drive was absent before anybody looked.
  bool news = false;
  {
    std::lock_guard lock(mutex_);
    news = health_.state() == DriveState::absent && !std::exchange(told_absent_, true);
  }
  if (news && report_)
    report_(Level::warning,
            fmt::format("{}; pages are kept in memory only until the cache drive is there", why.message));
}

void DriveMonitor::opened() {
  change({}, [](DriveHealth& health, Millis) { health.opened(); });
}

void DriveMonitor::recovered() {
  change({}, [](DriveHealth& health, Millis) { health.recovered(); });
}

void DriveMonitor::lost() {
  counters_.add(Counter::drive_losses);
  change({}, [](DriveHealth& health, Millis now) { health.lost(now); });
}

void DriveMonitor::read_failed(const Error& why) {
  counters_.add(Counter::ring_errors);
  change(why.message, [](DriveHealth& health, Millis now) { health.read_failed(now); });
}

void DriveMonitor::stuck() {
  change("the cache drive does not answer", [](DriveHealth& health, Millis now) { health.read_failed(now); });
}

void DriveMonitor::read_worked() {
  change({}, [](DriveHealth& health, Millis) { health.read_worked(); });
}

void DriveMonitor::write_failed(const Error& why) {
  counters_.add(Counter::ring_errors);
  change(why.message, [](DriveHealth& health, Millis now) { health.write_failed(now); });
}

void DriveMonitor::write_worked() {
  change({}, [](DriveHealth& health, Millis) { health.write_worked(); });
}

void DriveMonitor::tell(DriveState before, DriveState after, std::string_view why) {
  if (!report_) return;
  switch (after) {
    case DriveState::none:
    case DriveState::absent:
      return;
    case DriveState::recovering:
      if (before == DriveState::offline)
        report_(Level::info, "the cache drive is back: its pages are being found again");
      if (before == DriveState::absent && told_absent_) report_(Level::info, "the cache drive is there now");
      return;
    case DriveState::read_write:
      if (before == DriveState::read_only) report_(Level::info, "the cache drive can be written again");
      break;
    case DriveState::read_only:
      if (before == DriveState::read_write)
        return report_(Level::warning,
                       fmt::format("{}; pages stay in memory while the drive is tried again now and then", why));
      break;
    case DriveState::suspect:
      return report_(Level::warning, fmt::format("{}; pages on the drive count as not there until it answers", why));
    case DriveState::offline:
      return report_(Level::error, "the cache drive is gone: pages are kept in memory only until it is back");
  }
  if (before == DriveState::suspect) report_(Level::info, "the cache drive can be read again");
}

}  // namespace larder::cache

#include "fastcgi/waiting_line.h"

#include <algorithm>
#include <utility>

namespace larder::fastcgi {
namespace {

constexpr Millis kWorthWaiting = 3'000;
constexpr std::size_t kLeast = 4, kMost = 24;

bool is_administrator(const WaitingLine::Waiting& waiting) { return waiting.job_class == JobClass::administrator; }

}  // namespace

bool WaitingLine::goes_before(const Waiting& one, const Waiting& other) const {
  if (one.job_class != other.job_class) return one.job_class < other.job_class;
  if (!overloaded_) return one.number < other.number;
  const std::size_t waiters = one.job->waiters(), others = other.job->waiters();
  return waiters != others ? waiters > others : one.number > other.number;
}

WaitingLine::Place WaitingLine::worst() {
  return std::max_element(line_.begin(), line_.end(), [](const Waiting& one, const Waiting& other) {
    if (one.job_class != other.job_class) return one.job_class < other.job_class;
    const std::size_t waiters = one.job->waiters(), others = other.job->waiters();
    return waiters != others ? waiters > others : one.number < other.number;
  });
}

WaitingLine::Pushed WaitingLine::push(std::shared_ptr<Job> job, std::size_t room, Millis now) {
  const JobClass job_class = job->job_class();
  const std::size_t reserved = administrators();
  const bool full = job_class == JobClass::administrator ? reserved >= kReserved : line_.size() - reserved >= room;
  Pushed pushed;
  if (full) {
    const Place last = worst();
    if (last == line_.end() || job_class == JobClass::administrator || last->job_class <= job_class) return pushed;
    pushed.displaced = std::move(last->job);
    line_.erase(last);
  }
  line_.push_back({std::move(job), job_class, now, arrivals_++});
  pushed.taken = true;
  return pushed;
}

std::optional<WaitingLine::Waiting> WaitingLine::pop(Millis now, bool only_administrators) {
  const auto others = std::stable_partition(line_.begin(), line_.end(), is_administrator);
  const bool turn_of_others = administrator_was_last_ && others != line_.end();
  const auto first = turn_of_others && !only_administrators ? others : line_.begin();
  const auto last = only_administrators ? others : line_.end();
  const auto next = std::min_element(
      first, last, [this](const Waiting& one, const Waiting& other) { return goes_before(one, other); });
  if (next == last) return std::nullopt;
  judge(now);
  Waiting taken = std::move(*next);
  line_.erase(next);
  administrator_was_last_ = is_administrator(taken);
  return taken;
}

// Before one is taken.
void WaitingLine::judge(Millis now) {
  const bool in_time =
      std::all_of(line_.begin(), line_.end(), [&](const Waiting& waiting) { return now - waiting.since < kTarget; });
  if (in_time || line_.size() == 1) {
    late_since_.reset();
    overloaded_ = false;
  } else if (!late_since_) {
    late_since_ = now;
  } else if (now - *late_since_ >= kWindow) {
    overloaded_ = true;
  }
}

std::vector<WaitingLine::Waiting> WaitingLine::expire(Millis now, Millis longest) {
  const auto first = std::stable_partition(line_.begin(), line_.end(),
                                           [&](const Waiting& waiting) { return now - waiting.since <= longest; });
  std::vector<Waiting> expired(std::make_move_iterator(first), std::make_move_iterator(line_.end()));
  line_.erase(first, line_.end());
  return expired;
}

std::vector<WaitingLine::Waiting> WaitingLine::clear() { return std::exchange(line_, {}); }

std::size_t WaitingLine::administrators() const {
  return static_cast<std::size_t>(std::count_if(line_.begin(), line_.end(), is_administrator));
}

std::size_t room_for(std::size_t workers, Millis each) {
  const auto done =
      static_cast<std::size_t>(kWorthWaiting) * workers / static_cast<std::size_t>(std::max<Millis>(each, 1));
  return std::clamp(done, kLeast, kMost);
}

}  // namespace larder::fastcgi

// UnwrittenPurges: keys that were purged and are not yet on the medium as such, with those who wait to hear of it. Bounded.
//
// Each waits at most a few seconds for an answer; the purge itself stays in the list until it has been written.
// Threads: none of its own; its owner locks. Answers are handed out, to be called without the lock.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace larder::cache {

// True: no stop and no loss of power brings the page back. False: it is gone now, but the drive has not taken that yet.
using OnDurable = std::function<void(bool durable)>;

class UnwrittenPurges {
 public:
  struct Purge {
    std::string key;  // empty: everything
    OnDurable answer;
    Millis since = 0;
  };
  using Purges = std::vector<Purge>;

  // False when there is no room: then it is not remembered.
  bool add(Purge purge) {
    if (purges_.size() >= kMost) return false;
    purges_.push_back(std::move(purge));
    return true;
  }
  // There is always room for everything.
  void add_all(OnDurable answer, Millis now) { purges_.push_back({{}, std::move(answer), now}); }
  bool empty() const { return purges_.empty(); }
  Purges take() { return std::exchange(purges_, {}); }

  // What is to be written now; it stays in the list, first, until it is finished.
  std::vector<std::string> keys() const {
    std::vector<std::string> keys;
    for (const Purge& purge : purges_) keys.push_back(purge.key);
    return keys;
  }
  std::vector<OnDurable> finish(std::size_t count) {
    std::vector<OnDurable> answers;
    const auto end = purges_.begin() + static_cast<std::ptrdiff_t>(count);
    for (auto purge = purges_.begin(); purge != end; ++purge)
      if (purge->answer) answers.push_back(std::move(purge->answer));
    purges_.erase(purges_.begin(), end);
    return answers;
  }

  // The answers that were asked for before this time.
  std::vector<OnDurable> give_up(Millis before) {
    std::vector<OnDurable> answers;
    for (Purge& purge : purges_)
      if (purge.answer && purge.since <= before) answers.push_back(std::exchange(purge.answer, {}));
    return answers;
  }

  static constexpr std::size_t kMost = 64 * 1024;

 private:
  Purges purges_;
};

}  // namespace larder::cache

// AwayList: the keys whose pages were replaced or removed while the drive was away, so that what it holds of them does
// not come back with it. Bounded; beyond the bound everything that it holds is in doubt.
//
// Threads: none of its own; its owner locks.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

namespace larder::cache {

class AwayList {
 public:
  void add(std::string_view key) {
    if (keys_.size() < kMost)
      keys_.emplace(key);
    else if (keys_.count(std::string(key)) == 0)
      overflowed_ = true;
  }
  const std::unordered_set<std::string>& keys() const { return keys_; }
  bool overflowed() const { return overflowed_; }

  static constexpr std::size_t kMost = 16 * 1024;

 private:
  std::unordered_set<std::string> keys_;
  bool overflowed_ = false;
};

}  // namespace larder::cache

// AwayList: the keys whose pages were replaced or removed while the drive was away, so that what it holds of them does
// not come back with it. Bounded; beyond the bound nothing that it holds counts.
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
    if (all_) return;
    if (keys_.size() < kMost)
      keys_.emplace(key);
    else if (keys_.count(std::string(key)) == 0)
      add_all();
  }
  void add_all() {
    keys_.clear();
    all_ = true;
  }
  const std::unordered_set<std::string>& keys() const { return keys_; }
  bool all() const { return all_; }

  static constexpr std::size_t kMost = 16 * 1024;

 private:
  std::unordered_set<std::string> keys_;
  bool all_ = false;
};

}  // namespace larder::cache

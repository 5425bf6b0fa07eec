#include "cache/put_queue.h"

#include <iterator>

namespace larder::cache {

bool PutQueue::put(PagePtr page, bool again) {
  cancel(page->key);
  const std::uint64_t cost = page->memory_cost();
  if (bytes_ + cost > max_bytes_) return false;
  bytes_ += cost;
  pages_.push_back({std::move(page), again});
  by_key_.emplace(pages_.back().page->key, std::prev(pages_.end()));
  return true;
}

void PutQueue::cancel(std::string_view key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  const auto place = found->second;
  bytes_ -= place->page->memory_cost();
  by_key_.erase(found);
  pages_.erase(place);
}

void PutQueue::clear() {
  by_key_.clear();
  pages_.clear();
  bytes_ = 0;
}

PagePtr PutQueue::find(std::string_view key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second->page;
}

bool PutQueue::finish(const PagePtr& page) {
  if (find(page->key) != page) return false;
  cancel(page->key);
  return true;
}

}  // namespace larder::cache

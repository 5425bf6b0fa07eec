#include "cache/purge_list.h"

#include <algorithm>

#include "cache/variants.h"

namespace larder::cache {

void PurgeList::raise(Times& to, const Times& by) {
  to.hard = std::max(to.hard, by.hard);
  to.soft = std::max(to.soft, by.soft);
  to.epoch = std::max(to.epoch, by.epoch);
}

void PurgeList::add(const std::vector<Purge>& purges) {
  std::unique_lock gate(gate_);
  std::unique_lock lock(mutex_);
  for (const Purge& purge : purges) {
    Times times;
    (purge.hard ? times.hard : times.soft) = purge.at;
    times.epoch = ++epoch_;
    latest_ = std::max(latest_, purge.at);
    if (keys_.size() + tags_.size() + prefixes_.size() >= kMostPurges) {
      keys_.clear();
      tags_.clear();
      prefixes_.clear();
      times.hard = latest_;
      raise(all_, times);
      continue;
    }
    switch (purge.kind) {
      case Purge::Kind::key:
        raise(keys_[purge.text], times);
        break;
      case Purge::Kind::tag:
        raise(tags_[purge.text], times);
        break;
      case Purge::Kind::prefix:
        raise(prefixes_[purge.text], times);
        break;
      case Purge::Kind::all:
        raise(all_, times);
        break;
    }
  }
}

PurgeList::Times PurgeList::latest_for(const Page& page) const {
  Times times = all_;
  const std::string_view key = primary_key(page.key);
  if (!keys_.empty())
    if (const auto found = keys_.find(std::string(key)); found != keys_.end()) raise(times, found->second);
  for (const auto& [prefix, when] : prefixes_)
    if (key.starts_with(prefix)) raise(times, when);
  std::string_view tags = tags_.empty() ? std::string_view() : page.tags;
  while (!tags.empty()) {
    const std::string_view tag = tags.substr(0, tags.find('\n'));
    tags.remove_prefix(std::min(tags.size(), tag.size() + 1));
    if (const auto found = tags_.find(std::string(tag)); found != tags_.end()) raise(times, found->second);
  }
  return times;
}

PagePtr PurgeList::sieve(PagePtr page) const {
  Times times;
  {
    std::shared_lock lock(mutex_);
    times = latest_for(*page);
  }
  if (page->created <= times.hard) return nullptr;
  if (page->created > times.soft || is_variant_list(*page)) return page;
  const std::int64_t lifetime = std::max<std::int64_t>(0, (times.soft - page->created) / 1000);
  if (page->lifetime <= lifetime) return page;
  auto ended = std::make_shared<Page>(*page);
  ended->lifetime = lifetime;
  return ended;
}

bool PurgeList::is_purged_since(std::uint64_t epoch, const Page& page) const {
  std::shared_lock lock(mutex_);
  return latest_for(page).epoch > epoch;
}

// Not so a page that came with an Age: it is older than the purge, and was only asked for after it.
Millis PurgeList::told_apart(const Page& page) const {
  std::shared_lock lock(mutex_);
  const Times times = latest_for(page);
  const Millis purged = std::max(times.hard, times.soft);
  return page.created <= purged && purged - page.created < kTick ? purged + 1 : page.created;
}

std::uint64_t PurgeList::epoch() const {
  std::shared_lock lock(mutex_);
  return epoch_;
}

}  // namespace larder::cache

#include "server/polisher.h"

#include <sched.h>

#include <chrono>
#include <optional>
#include <utility>

#include "server/content_coding.h"
#include "server/variants.h"

namespace larder::server {
namespace {

using cache::Coding;

constexpr std::size_t kPagesATurn = 8;

// In a thread of its own: an ordinary user's thread cannot leave SCHED_IDLE again.
std::optional<std::string> encode_when_idle(Coding coding, const std::string& text) {
  std::optional<std::string> packed;
  Thread worker("polishing", [&] {
    const sched_param none{};
    ::sched_setscheduler(0, SCHED_IDLE, &none);  // the kernel lets everybody do that
    packed = encode(coding, text, Effort::best);
  });
  worker.join();
  return packed;
}

}  // namespace

void Polisher::turn() {
  for (const cache::PagePtr& page : store_.often_asked(kPagesATurn, kLargest)) {
    if (stopping() || !idle_()) return;
    polish(page);
  }
}

void Polisher::polish(const cache::PagePtr& page) {
  const auto whole = page->bodies.has(Coding::identity) ? page : with_identity(*page);
  if (!whole) return;
  auto better = std::make_shared<cache::Page>(*page);
  better->polished = true;
  bool gained = false;
  for (const Coding coding : {Coding::brotli, Coding::gzip}) {
    const cache::Body& old = page->bodies.in(coding);
    if (!old) continue;
    auto packed = encode_when_idle(coding, *whole->bodies.in(Coding::identity));
    if (!packed || packed->size() >= old->size()) continue;
    better->bodies.set(coding, std::make_shared<const std::string>(*std::move(packed)));
    gained = true;
  }
  store_.replace_in_memory(page, std::move(better));
  if (gained) counters_.add(Counter::recompressed);
}

void Polisher::start() {
  thread_ = Thread("polisher", [this] { run(); });
}

void Polisher::run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::milliseconds(kPause), [this] { return stopping_; })) {
    lock.unlock();
    turn();
    lock.lock();
  }
}

bool Polisher::stopping() {
  std::lock_guard lock(mutex_);
  return stopping_;
}

void Polisher::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

}  // namespace larder::server

#include "cache/drive_keeper.h"

#include <utility>

namespace larder::cache {
namespace {

constexpr std::chrono::milliseconds kTick{250};
// A drive that was pulled out hangs in the kernel until that has noticed.
constexpr std::chrono::milliseconds kLastPatience{2'000};

}  // namespace

DriveKeeper::DriveKeeper(std::shared_ptr<FlashTier> tier, DriveMonitor& monitor, Hooks hooks)
    : monitor_(monitor), hooks_(std::move(hooks)), tier_(std::move(tier)), thread_("drive-keeper", [this] { run(); }) {}

// The thread first: then nobody opens another tier.
bool DriveKeeper::stop(std::chrono::milliseconds patience) {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  thread_.join();
  if (tier_) {
    tier_->close(patience);
    hooks_.use(nullptr);
    gone_.push_back(std::exchange(tier_, nullptr));
  }
  for (auto& tier : gone_) {
    if (tier->reader().wait_for_end(kLastPatience) && tier->writer().wait_for_end(kLastPatience)) continue;
    // Its threads use it as long as they hang: it must stay where it is.
    [[maybe_unused]] auto* const forever = new std::shared_ptr<FlashTier>(std::move(tier));
    all_ended_ = false;  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): meant, see above
  }
  gone_.clear();
  return all_ended_;
}

void DriveKeeper::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kTick, [&] { return stopping_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

void DriveKeeper::look() {
  bury();
  if (!tier_) {
    if (monitor_.should_open()) open();
    return;
  }
  if (tier_->stuck()) monitor_.stuck();
  if (monitor_.state() != DriveState::suspect) return;
  tier_->reader().give_up();
  if (monitor_.given_up() || tier_->ring().replaced()) return lose();
  if (!tier_->stuck()) tier_->reader().probe();
}

void DriveKeeper::open() {
  auto opened = hooks_.open();
  if (!opened) return monitor_.open_failed(opened.error());
  tier_ = *std::move(opened);
  hooks_.use(tier_);
}

void DriveKeeper::lose() {
  hooks_.use(nullptr);
  tier_->abandon();
  gone_.push_back(std::exchange(tier_, nullptr));
  monitor_.lost();
}

// Only here a tier is destroyed, and only when nobody is in it.
void DriveKeeper::bury() {
  gone_.remove_if([](const auto& tier) { return tier.use_count() == 1 && tier->ended(); });
}

}  // namespace larder::cache

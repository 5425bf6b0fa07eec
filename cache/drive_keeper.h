// DriveKeeper: the thread that looks after the cache drive: opens it, notices when it hangs or has gone, lets go of it,
// and takes it up again when it comes back, as a new FlashTier.
//
// Threads: one of its own; only it waits for a drive to be opened or closed. Lifetime: monitor outlives the keeper; the
// hooks are called on the keeper's thread and stay usable until it is gone.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "base/thread.h"
#include "cache/drive_monitor.h"
#include "cache/flash_tier.h"

namespace larder::cache {

class DriveKeeper {
 public:
  struct Hooks {
    std::function<Result<std::shared_ptr<FlashTier>>()> open;
    std::function<void(std::shared_ptr<FlashTier>)> use;  // from now on; nullptr: there is none
  };
  // Begins with `tier`, or without one.
  DriveKeeper(std::shared_ptr<FlashTier> tier, DriveMonitor& monitor, Hooks hooks);
  ~DriveKeeper() { stop(std::chrono::milliseconds(0)); }

  // Ends the thread, closes the tier in use, and takes it out of use. False when a drive has not let go within this
  // time: what hangs in it is left to the process's end, and goes on using what it was given.
  bool stop(std::chrono::milliseconds patience);

 private:
  void run();
  void look();
  void open();
  void lose();
  void bury();

  DriveMonitor& monitor_;
  const Hooks hooks_;
  std::shared_ptr<FlashTier> tier_;
  std::list<std::shared_ptr<FlashTier>> gone_;  // those whose threads may still hang in the drive

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false, all_ended_ = true;
  Thread thread_;
};

}  // namespace larder::cache

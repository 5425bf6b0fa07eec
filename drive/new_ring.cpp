#include "drive/new_ring.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/byte_text.h"
#include "base/unique_fd.h"
#include "cache/device.h"
#include "cache/geometry.h"
#include "cache/superblock.h"
#include "drive/probe.h"

namespace larder::drive {
namespace {

constexpr std::uint64_t kSpeedBytes = 256 << 20;

class NewRing {
 public:
  NewRing(const NewRingOptions& options, Machine& machine, const Clock& clock)
      : options_(options), machine_(machine), clock_(clock), geometry_(cache::fit_geometry(options.bytes)) {}

  Status run();

 private:
  // The story, in this order.
  Status know_place();
  Status open();
  Status check_room();
  Status ask();
  Status try_every_byte();
  Status measure_speed();
  Status make();

  std::uint64_t needed() const { return geometry_.bytes() + geometry_.segment_bytes; }  // with the superblocks
  Result<std::string> content();
  Status give_to_owner() const;
  Going going(Progress& progress) const {
    return [this, &progress](std::uint64_t done) {
      progress.at(done);
      return !options_.interrupted();
    };
  }

  const NewRingOptions& options_;
  Machine& machine_;
  const Clock& clock_;
  const cache::Geometry geometry_;
  std::string path_;
  bool is_device_ = false;
  struct stat folder_ {};
  std::unique_ptr<cache::FileDevice> device_;
  bool begun_ = false;  // what was there is gone
};

Status NewRing::run() {
  using Step = Status (NewRing::*)();
  for (const Step step : {&NewRing::know_place, &NewRing::open, &NewRing::check_room, &NewRing::ask,
                          &NewRing::try_every_byte, &NewRing::measure_speed, &NewRing::make}) {
    if (Status done = (this->*step)(); !done) {
      if (!begun_) return done;
      (void)device_->clear();
      return Error{done.error().message + "\nNo ring was made; what was there is gone.", done.error().code};
    }
  }
  return Done{};
}

Status NewRing::know_place() {
  if (options_.path.empty()) return Error{"cache.path is not set: it says in which folder the ring belongs"};
  if (geometry_.segment_count < 2)
    return Error{fmt::format("a ring of {} is too small: cache.size must be {} at least", format_bytes(options_.bytes),
                             format_bytes(2 * cache::kSegmentBytes))};
  if (::stat(options_.path.c_str(), &folder_) != 0)
    return Error{
        fmt::format("{}; make that folder first, or choose another (cache.path)", system_error(options_.path).message),
        errno};
  is_device_ = S_ISBLK(folder_.st_mode);
  if (!is_device_ && !S_ISDIR(folder_.st_mode))
    return Error{options_.path + " is neither a folder nor a block device", ENOTDIR};
  path_ = is_device_ ? options_.path : options_.path + "/ring";
  return Done{};
}

Status NewRing::open() {
  if (is_device_) {  // O_EXCL: not while it is mounted or part of something
    const UniqueFd alone(::open(path_.c_str(), O_RDONLY | O_EXCL | O_CLOEXEC));
    if (!alone && errno == EBUSY) return Error{path_ + " is mounted, or in use otherwise", EBUSY};
  }
  auto opened = cache::FileDevice::open(path_, cache::FileDevice::Foreign::take);
  if (opened) {
    device_ = *std::move(opened);
    return Done{};
  }
  const Error& error = opened.error();
  if (error.code == EWOULDBLOCK) return Error{error.message + ": stop it first (systemctl stop larder)", error.code};
  if (error.code == EACCES) return Error{error.message + ": run it with sudo", error.code};
  return error;
}

Status NewRing::check_room() {
  std::uint64_t room = 0;
  if (is_device_) {
    const UniqueFd file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    const off_t end = file ? ::lseek(file.get(), 0, SEEK_END) : -1;
    if (end < 0) return system_error("size of " + path_);
    room = static_cast<std::uint64_t>(end);
  } else {
    struct statvfs system {};
    struct stat file {};
    if (::statvfs(options_.path.c_str(), &system) != 0 || ::stat(path_.c_str(), &file) != 0)
      return system_error("size of the drive of " + path_);
    const bool is_root = ::geteuid() == 0;
    room = std::uint64_t{is_root ? system.f_bfree : system.f_bavail} * system.f_frsize +
           static_cast<std::uint64_t>(file.st_blocks) * 512;
  }
  if (room >= needed()) return Done{};
  return Error{fmt::format("the ring needs {}, and there is room for {}: make cache.size smaller",
                           format_bytes(needed()), format_bytes(room)),
               ENOSPC};
}

// What is there now; empty: nothing.
Result<std::string> NewRing::content() {
  std::uint8_t byte = 0;
  const auto got = read_fully(*device_, 0, std::span(&byte, 1));
  if (!got) return got.error();
  if (*got == 0) return std::string();
  const auto superblock = cache::load_superblock(*device_);
  if (!superblock) return superblock.error();
  if (!*superblock) return std::string("something that is no ring of this version");
  return "a ring of " + format_bytes((*superblock)->geometry.bytes());
}

Status NewRing::ask() {
  const auto held = content();
  if (!held) return held.error();
  if (!held->empty() && !options_.erase_unasked) {
    const auto answer =
        machine_.ask(fmt::format("{} holds {}, which will be lost. Type \"yes\" to go on: ", path_, *held));
    if (!answer)
      return Error{
          fmt::format("{} holds {}, and nobody is there to ask, as standard input is no terminal: --yes "
                      "erases unasked; nothing was changed",
                      path_, *held)};
    if (*answer != "yes") return Error{"nothing was changed"};
  }
  begun_ = true;
  return device_->clear();
}

Status NewRing::try_every_byte() {
  if (!options_.full) return Done{};
  Progress progress = options_.progress("writing and reading everything", 2 * needed());
  const auto capacity = probe_capacity(*device_, needed(), going(progress));
  if (!capacity) return capacity.error();
  progress.at(2 * needed());
  if (capacity->good < needed()) {
    const std::string instead =
        capacity->found_instead ? fmt::format("what belongs at byte {}", *capacity->found_instead) : "something else";
    return Error{fmt::format("this drive does not keep what it takes: of {} that were written the first wrong byte is "
                             "at {} ({}); there is {}. Take another one.",
                             format_bytes(needed()), capacity->good, format_bytes(capacity->good), instead),
                 EIO};
  }
  machine_.say(fmt::format("All {} came back as they were written.", format_bytes(needed())));
  return device_->clear();
}

Status NewRing::measure_speed() {
  const std::uint64_t bytes = std::min(kSpeedBytes, needed());
  Progress progress = options_.progress("measuring the speed", 2 * bytes);
  const auto speed = probe_speed(*device_, bytes, clock_, going(progress));
  if (!speed) return speed.error();
  progress.at(2 * bytes);
  machine_.say(
      fmt::format("One after the other it writes {}/s and reads {}/s; pages of 16 KiB from anywhere: {:.0f} a "
                  "second.",
                  format_bytes(static_cast<std::uint64_t>(speed->written)),
                  format_bytes(static_cast<std::uint64_t>(speed->read)), speed->reads));
  return device_->clear();
}

Status NewRing::make() {
  auto superblock = cache::make_superblock(geometry_);
  if (!superblock) return superblock.error();
  if (auto stored = store_superblock(*device_, *superblock); !stored) return stored;
  if (auto given = give_to_owner(); !given) return given;
  machine_.say(fmt::format("{} is ready: {} segments of {}.", path_, geometry_.segment_count,
                           format_bytes(geometry_.segment_bytes)));
  return Done{};
}

// The folder's owner is whom the daemon runs as. A block device has its owner from udev.
Status NewRing::give_to_owner() const {
  if (is_device_ || ::geteuid() != 0) return Done{};
  const UniqueFd file(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file || ::fchown(file.get(), folder_.st_uid, folder_.st_gid) != 0)
    return system_error("change the owner of " + path_);
  return Done{};
}

}  // namespace

Status make_new_ring(const NewRingOptions& options, Machine& machine, const Clock& clock) {
  return NewRing(options, machine, clock).run();
}

}  // namespace larder::drive

#include "drive/setup.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <sys/statfs.h>

#include <algorithm>
#include <filesystem>

#include "base/byte_text.h"
#include "base/unique_fd.h"
#include "drive/block_device.h"
#include "drive/fstab.h"

namespace larder::drive {
namespace {

constexpr std::uint64_t kSmallest = 1'000'000'000;  // what is sold as 1 GB
constexpr std::uint64_t kMiB = 1 << 20;

// Milliseconds. A stick may need seconds to wake up; discarding the blocks of a large one takes minutes.
constexpr Millis kLookLimit = 60'000, kWriteLimit = 1'800'000, kMountLimit = 300'000;

class Setup {
 public:
  Setup(const SetupOptions& options, Machine& machine) : options_(options), machine_(machine) {}

  Status run();

 private:
  // The story, in this order.
  Status know_caller();
  Status know_mount_point();
  Status look_at_drive();
  Status refuse_unfit();
  Status look_inside();
  Status refuse_in_use();
  Status refuse_other_plans();
  Status make_ours();
  Status write_fstab();
  Status mount();
  Status fill();
  Status say_what_is_left();

  Result<BlockDevice> look();
  Status add_contents(BlockDevice& device);
  bool is_ours() const { return device_.content.type == "ext4" && device_.content.label == kLabel; }
  bool is_mounted() const;
  Status refuse_hidden_files();
  Status ask();
  Status format();
  Status forget_partitions();
  Status begin_automount();
  std::uint64_t largest_ring() const { return device_.bytes / 2 / kMiB * kMiB; }  // the other half is the site's
  Result<std::string> run_well(const std::vector<std::string>& command, Millis limit);

  const SetupOptions& options_;
  Machine& machine_;
  Owner owner_;
  std::string mount_point_, path_;
  std::vector<BlockDevice> drives_;
  BlockDevice device_;
  bool begun_ = false;  // nothing is refused any more
};

Status Setup::run() {
  using Step = Status (Setup::*)();
  for (const Step step : {&Setup::know_caller, &Setup::know_mount_point, &Setup::look_at_drive, &Setup::refuse_unfit,
                          &Setup::look_inside, &Setup::refuse_in_use, &Setup::refuse_other_plans, &Setup::make_ours,
                          &Setup::write_fstab, &Setup::mount, &Setup::fill, &Setup::say_what_is_left})
    if (Status done = (this->*step)(); !done)
      return begun_ ? Error{done.error().message + "\nThe same command again goes on from here."} : done;
  return Done{};
}

Status Setup::know_caller() {
  if (!machine_.is_root()) return Error{"only root may set up a drive: run it with sudo"};
  const auto owner = machine_.find_user(options_.user);
  if (!owner)
    return Error{fmt::format("there is no user {0}: install the package of Larder, or adduser --system --group {0}",
                             options_.user)};
  owner_ = *owner;
  return Done{};
}

// As the kernel will call it, in words that fstab(5) and a unit of systemd take as they are.
Status Setup::know_mount_point() {
  std::error_code error;
  mount_point_ = std::filesystem::weakly_canonical(options_.mount_point, error);
  if (error) return system_error(options_.mount_point, error.value());
  if (!options_.mount_point.starts_with('/') || mount_point_ == "/")
    return Error{fmt::format("--mount {}: that is no absolute path of a folder", options_.mount_point)};
  const auto is_odd = [](unsigned char c) { return c <= ' ' || c == 0x7F || c == '\\' || c == '"' || c == '#'; };
  if (std::any_of(mount_point_.begin(), mount_point_.end(), is_odd))
    return Error{fmt::format("--mount {}: no blanks, quotes, # or \\ in that path", options_.mount_point)};
  while (mount_point_.ends_with('/')) mount_point_.pop_back();
  return Done{};
}

Status Setup::look_at_drive() {
  auto path = machine_.block_device(options_.device);
  if (!path) return path.error();
  path_ = *std::move(path);
  auto device = look();
  if (!device) return device.error();
  device_ = *std::move(device);
  return Done{};
}

Result<BlockDevice> Setup::look() {
  const auto listed = run_well(lsblk_command(), kLookLimit);
  if (!listed) return listed.error();
  auto drives = parse_lsblk(*listed);
  if (!drives) return drives.error();
  drives_ = *std::move(drives);
  const BlockDevice* found = find_device(drives_, path_);
  if (found == nullptr) return Error{path_ + " is none of the drives that lsblk knows"};
  return *found;
}

Status Setup::look_inside() { return add_contents(device_); }

Status Setup::add_contents(BlockDevice& device) {
  if (auto read = machine_.try_to_read(device.path); !read) return read;
  const auto blkid = machine_.run(blkid_command(device.path), kLookLimit);
  if (!blkid) return blkid.error();
  auto content = parse_blkid(*blkid);
  if (!content) return content.error();
  device.content = *std::move(content);
  for (BlockDevice& child : device.children)
    if (auto added = add_contents(child); !added) return added;
  return Done{};
}

Status Setup::refuse_unfit() {
  if (const std::string mount = system_mount_of_drive(drives_, path_); !mount.empty())
    return Error{fmt::format("{} is on the drive that this system runs from ({}): take another one", path_, mount)};
  if (device_.read_only)
    return Error{path_ + " is read-only: move the switch on its side, if it has one, or take another drive"};
  if (device_.bytes < kSmallest)
    return Error{fmt::format("{} has only {}: take a drive of at least {}", path_, format_bytes(device_.bytes),
                             format_bytes(kSmallest))};
  return Done{};
}

bool Setup::is_mounted() const {
  return std::find(device_.mounted_on.begin(), device_.mounted_on.end(), mount_point_) != device_.mounted_on.end();
}

Status Setup::refuse_in_use() {
  std::vector<std::string> mounts = all_mounts(device_);
  if (is_ours()) std::erase(mounts, mount_point_);
  if (!mounts.empty())
    return Error{fmt::format("{} is in use: first say \"umount {}\"", path_, fmt::join(mounts, " "))};
  if (is_mounted()) return Done{};
  for (const BlockDevice& drive : drives_)
    for (const std::string& mount : all_mounts(drive))
      if (mount == mount_point_)
        return Error{
            fmt::format("{} has something else mounted on {}: first say \"umount {}\", or choose another folder "
                        "with --mount",
                        drive.path, mount, mount)};
  return Done{};
}

Status Setup::refuse_other_plans() {
  const auto text = read_text(options_.fstab);
  if (!text) return text.error();
  const auto lacks = lacks_line(*text, is_ours() ? fstab_source(device_.content.uuid) : "", mount_point_);
  if (!lacks) return Error{fmt::format("{}: {}", options_.fstab, lacks.error().message)};
  return *lacks && !is_mounted() ? refuse_hidden_files() : Done{};
}

// A drive that is mounted there would hide them. Not where systemd waits to mount something: looking would be the
// access it waits for.
Status Setup::refuse_hidden_files() {
  constexpr decltype(statfs::f_type) kAutomount = 0x0187;  // AUTOFS_SUPER_MAGIC of linux/magic.h
  const UniqueFd folder(::open(mount_point_.c_str(), O_PATH | O_CLOEXEC));
  if (!folder && errno == ENOENT) return Done{};
  struct statfs status {};
  if (!folder || ::fstatfs(folder.get(), &status) != 0) return system_error(mount_point_);
  if (status.f_type == kAutomount) return Done{};
  std::error_code error;
  if (std::filesystem::is_empty(mount_point_, error) && !error) return Done{};
  if (error) return system_error(mount_point_, error.value());
  return Error{
      fmt::format("{} holds files, which the drive would hide: move them away, or choose another folder with "
                  "--mount",
                  mount_point_)};
}

Status Setup::make_ours() {
  machine_.say(describe(device_));
  if (is_ours()) {
    machine_.say(
        fmt::format("{} was set up before: nothing is erased. To begin anew with an empty drive:\n"
                    "  systemctl stop larder; umount {}; wipefs -a {}; sed -i /{}/d {}\n"
                    "and then this command again.\n",
                    path_, mount_point_, path_, device_.content.uuid, options_.fstab));
    begun_ = true;
    return Done{};
  }
  if (!options_.erase_unasked)
    if (auto asked = ask(); !asked) return asked;
  begun_ = true;
  return format();
}

Status Setup::ask() {
  const auto answer = machine_.ask(fmt::format("Everything on {} will be lost. Type \"yes\" to go on: ", path_));
  if (!answer)
    return Error{
        fmt::format("nobody to ask whether {} may be erased, as standard input is no terminal: --yes erases "
                    "unasked; nothing was changed",
                    path_)};
  if (*answer != "yes") return Error{"nothing was changed"};
  // Names go from one drive to another while somebody thinks.
  auto now = look();
  if (!now) return now.error();
  if (auto added = add_contents(*now); !added) return added;
  if (*now != device_) return Error{path_ + " has changed since it was shown: nothing was done; look again"};
  return Done{};
}

// No label before all else is on the medium: see setup.h. Without the blocks that ext4 reserves for root, who writes
// nothing here.
Status Setup::format() {
  const auto uuid = machine_.new_uuid();
  if (!uuid) return uuid.error();
  machine_.say(fmt::format("Formatting {} ...", path_));
  if (const auto wiped = run_well({"wipefs", "--all", "--quiet", path_}, kWriteLimit); !wiped) return wiped.error();
  if (auto forgotten = forget_partitions(); !forgotten) return forgotten;
  const auto made = run_well({"mkfs.ext4", "-q", "-F", "-m", "0", "-U", *uuid, path_}, kWriteLimit);
  if (!made) return made.error();
  const auto labelled = run_well({"tune2fs", "-L", kLabel, path_}, kWriteLimit);
  if (!labelled) return labelled.error();
  device_.content = {.type = "ext4", .label = kLabel, .uuid = *uuid, .partitions = ""};
  return Done{};
}

// The kernel reads the table again when wipefs asks it to; not when somebody looks at a partition just then, and not of
// every kind of drive. While it believes in partitions nobody finds the file system by its UUID. When it knows of none
// any more partx fails, which is as good.
Status Setup::forget_partitions() {
  if (device_.children.empty()) return Done{};
  const auto asked = machine_.run({"partx", "--delete", path_}, kLookLimit);
  return asked ? Status(Done{}) : asked.error();
}

Status Setup::write_fstab() {
  auto text = read_text(options_.fstab);  // not as it was when the user was asked
  if (!text) return text.error();
  const std::string source = fstab_source(device_.content.uuid);
  const auto lacks = lacks_line(*text, source, mount_point_);
  if (!lacks) return Error{fmt::format("{}: {}", options_.fstab, lacks.error().message)};
  if (!*lacks) return Done{};
  machine_.say(fmt::format("Adding a line to {} ...", options_.fstab));
  return replace_text(options_.fstab, with_line(*std::move(text), source, mount_point_));
}

Status Setup::mount() {
  if (is_mounted()) return Done{};
  machine_.say(fmt::format("Mounting it on {} ...", mount_point_));
  std::error_code error;
  std::filesystem::create_directories(mount_point_, error);
  if (error) return system_error("make " + mount_point_, error.value());
  if (machine_.has_systemd()) {
    if (auto begun = begin_automount(); !begun) return begun;
  } else if (const auto mounted = run_well({"mount", mount_point_}, kMountLimit); !mounted) {
    return mounted.error();
  }
  auto now = look();
  if (!now) return now.error();
  device_.mounted_on = now->mounted_on;
  if (is_mounted()) return Done{};
  return Error{fmt::format("{} did not appear on {}: \"dmesg\" may say why", path_, mount_point_)};
}

// systemd mounts it when somebody goes there, and that is us.
Status Setup::begin_automount() {
  const auto reloaded = run_well({"systemctl", "daemon-reload"}, kMountLimit);
  if (!reloaded) return reloaded.error();
  auto unit = run_well({"systemd-escape", "--path", "--suffix=automount", mount_point_}, kLookLimit);
  if (!unit) return unit.error();
  unit->resize(std::min(unit->find('\n'), unit->size()));
  const auto started = run_well({"systemctl", "start", *unit}, kMountLimit);
  if (!started) return started.error();
  const UniqueFd visit(::open((mount_point_ + "/.").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (visit) return Done{};
  return system_error(fmt::format("{} could not be mounted (journalctl -b says why)", mount_point_));
}

// The site's folder gives its group to what is put there, whoever puts it.
Status Setup::fill() {
  constexpr mode_t kSiteMode = 02775, kCacheMode = 0750;
  const std::uint64_t ring_bytes = std::min(options_.ring_bytes, largest_ring());
  machine_.say("Making its folders ...");
  if (auto made = make_folder(mount_point_ + "/site", owner_, kSiteMode); !made) return made;
  if (auto made = make_folder(mount_point_ + "/cache", owner_, kCacheMode); !made) return made;
  if (auto made = make_ring(mount_point_ + "/cache", ring_bytes, owner_); !made) return made;
  return sync_drive(mount_point_);
}

bool is_in(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + "/");
}

Status Setup::say_what_is_left() {
  const std::string site = mount_point_ + "/site", cache = mount_point_ + "/cache";
  std::string lines;
  const auto& roots = options_.site_roots;
  if (std::none_of(roots.begin(), roots.end(), [&](const std::string& root) { return is_in(root, site); }))
    lines += fmt::format("  [site]\n  root = {}\n", site);
  std::string cache_lines;
  if (options_.cache_path != cache) cache_lines += fmt::format("  path = {}\n", cache);
  if (options_.ring_bytes > largest_ring())
    cache_lines +=
        fmt::format("  size = {}M        ; half of the drive, the most it can have\n", largest_ring() / kMiB);
  if (!cache_lines.empty()) lines += "  [cache]\n" + cache_lines;
  machine_.say(fmt::format("\n{} is ready on {}.", path_, mount_point_));
  if (lines.empty())
    machine_.say(fmt::format("{} has what it needs; now: systemctl restart larder", options_.ini));
  else
    machine_.say(fmt::format("Now write into {}:\n\n{}\nand then: systemctl restart larder", options_.ini, lines));
  if (!is_in(mount_point_, "/srv"))
    machine_.say(
        fmt::format("The service may write below /srv and /var/www only: systemctl edit larder, and add\n"
                    "  [Service]\n  ReadWritePaths={}",
                    mount_point_));
  return Done{};
}

// Its output, when it ended with 0.
Result<std::string> Setup::run_well(const std::vector<std::string>& command, Millis limit) {
  auto finished = machine_.run(command, limit);
  if (!finished) return finished.error();
  if (finished->code == 0) return std::move(finished->output);
  std::string& words = finished->output;
  while (words.ends_with('\n')) words.pop_back();
  return Error{fmt::format("\"{}\" failed with code {}: {}", fmt::join(command, " "), finished->code,
                           words.empty() ? "it said nothing" : words)};
}

}  // namespace

Status set_up_drive(const SetupOptions& options, Machine& machine) { return Setup(options, machine).run(); }

}  // namespace larder::drive

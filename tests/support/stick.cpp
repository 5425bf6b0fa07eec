#include "tests/support/stick.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "base/unique_fd.h"
#include "tests/support/process.h"

namespace larder::testing {
namespace {

// EXT4_IOC_SHUTDOWN of the kernel's fs/ext4/ext4.h, and its way of going down without writing anything more.
constexpr unsigned long kShutDown = _IOR('X', 125, std::uint32_t);
constexpr std::uint32_t kNoLogFlush = 2;

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

std::string run_well(const std::vector<std::string>& command) {
  const Finished done = run(command);
  if (done.exit != 0)
    throw std::runtime_error(command[0] + ": " + done.output + done.errors + " (these tests need root)");
  return done.output.substr(0, done.output.find('\n'));
}

void write_to(const std::string& path, const std::string& text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), text.data(), text.size()) < 0) fail(path);
}

}  // namespace

SmallFileSystem::SmallFileSystem(std::uint64_t bytes) {
  std::filesystem::create_directory(path());
  const std::string size = "size=" + std::to_string(bytes);
  if (::mount("none", path().c_str(), "tmpfs", 0, size.c_str()) != 0) fail("mount a tmpfs (these tests need root)");
}

SmallFileSystem::~SmallFileSystem() { ::umount2(path().c_str(), MNT_DETACH); }

Stick::Stick(std::uint64_t bytes, const std::string& image_folder)
    : image_((image_folder.empty() ? directory_.path() : image_folder) + "/image") {
  std::filesystem::create_directory(path());
  const UniqueFd image(::open(image_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!image || ::ftruncate(image.get(), static_cast<off_t>(bytes)) != 0) fail(image_);
  run_well({"mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard", image_});
  attach();
  mount();
}

Stick::~Stick() {
  ::umount2(path().c_str(), MNT_DETACH);
  if (!device_.empty()) run({"losetup", "-d", device_});
}

void Stick::attach() { device_ = run_well({"losetup", "--find", "--show", image_}); }

void Stick::mount() {
  if (::mount(device_.c_str(), path().c_str(), "ext4", MS_NOATIME, "errors=remount-ro") != 0) fail("mount " + device_);
}

// The kernel keeps the old device as long as somebody has a file of it open: so the new one has another name.
void Stick::pull() {
  {
    const UniqueFd folder(::open(path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    std::uint32_t how = kNoLogFlush;
    if (!folder || ::ioctl(folder.get(), kShutDown, &how) != 0) fail("EXT4_IOC_SHUTDOWN");
  }
  if (::umount2(path().c_str(), MNT_DETACH) != 0) fail("umount " + path());
  run({"losetup", "-d", device_});
  device_.clear();
}

void Stick::put_back() {
  attach();
  mount();
}

void Stick::turn_read_only() {
  write_to("/sys/fs/ext4/" + device_.substr(device_.rfind('/') + 1) + "/trigger_fs_error", "1");
}

}  // namespace larder::testing

#include "server/site_root.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/openat2.h"
#include "tests/support/temp_dir.h"

using namespace larder;
using namespace larder::server;
using larder::testing::has_openat2;
using larder::testing::TempDir;

namespace {

struct Site {
  TempDir directory;
  SiteRoot root;

  Site() : root(make(directory)) {}

  static SiteRoot make(const TempDir& directory) {
    directory.write("root/index.html", "hello");
    directory.write("root/a/b/c.txt", "c");
    directory.write("outside.txt", "secret");
    const auto at = [&](const char* name) { return directory / ("root/" + std::string(name)); };
    std::filesystem::create_symlink("a/b/c.txt", at("inside.txt"));
    std::filesystem::create_symlink("../a/b/c.txt", at("a/up.txt"));
    std::filesystem::create_symlink("../outside.txt", at("relative-way-out.txt"));
    std::filesystem::create_symlink(directory / "outside.txt", at("absolute-way-out.txt"));
    std::filesystem::create_directory_symlink("..", at("parent"));
    std::filesystem::create_symlink("loop", at("loop"));
    std::filesystem::create_symlink("nothing", at("dangling"));
    REQUIRE(::mkfifo(at("fifo").c_str(), 0600) == 0);
    std::filesystem::create_symlink("/proc/self/root", at("magic"));
    auto root = SiteRoot::open(directory / "root");
    REQUIRE(root.ok());
    return std::move(*root);
  }

  int error(std::string_view relative, Wait wait = Wait::allowed) const {
    const auto entry = root.find(relative, wait);
    return entry.ok() ? 0 : entry.error().code;
  }
};

std::string content(const Entry& entry) {
  std::string text(static_cast<std::size_t>(entry.stat.st_size), '\0');
  REQUIRE(::pread(entry.fd.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  return text;
}

// From here on this thread's kernel has no openat2: the filter answers ENOSYS (or EPERM, as some sandboxes do).
bool forget_openat2(int error) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{4, program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}

struct Findings {
  bool filtered = false;
  int file = -1, nested = -1, directory = -1, root = -1, slash = -1, below_file = -1, link = -1, link_directory = -1,
      parent = -1, inner_parent = -1, missing = -1, fifo = -1, cached = -1;
};

// On a thread of its own, because a filter cannot be taken off.
Findings without_openat2(const Site& site, int error) {
  Findings found;
  std::thread([&] {
    if (!(found.filtered = forget_openat2(error))) return;
    found.file = site.error("index.html");
    found.nested = site.error("a/b/c.txt");
    found.directory = site.error("a/b");
    found.root = site.error("");
    found.slash = site.error("a/b/");
    found.below_file = site.error("index.html/x");
    found.link = site.error("inside.txt");
    found.link_directory = site.error("parent/outside.txt");
    found.parent = site.error("../outside.txt");
    found.inner_parent = site.error("a/../index.html");
    found.missing = site.error("nothing");
    found.fifo = site.error("fifo");
    found.cached = site.error("index.html", Wait::never);
  }).join();
  return found;
}

}  // namespace

TEST_CASE("A file is opened for reading, a directory is only named") {
  const Site site;
  auto file = site.root.find("index.html", Wait::allowed);
  REQUIRE(file.ok());
  CHECK(file->is_file());
  CHECK(content(*file) == "hello");
  for (const char* name : {"", "a", "a/b", "a/b/", "."}) {
    INFO(name);
    const auto directory = site.root.find(name, Wait::allowed);
    REQUIRE(directory.ok());
    CHECK(directory->is_directory());
  }
}

TEST_CASE("What is missing says so") {
  const Site site;
  CHECK(site.error("nothing") == ENOENT);
  CHECK(site.error("dangling") == (has_openat2() ? ENOENT : ELOOP));
  CHECK(site.error("index.html/x") == ENOTDIR);
  CHECK(site.error("index.html/") == ENOTDIR);
  CHECK(site.error(std::string(300, 'x')) == ENOENT);
  CHECK(site.error(std::string("index.html\0", 11)) == ENOENT);
}

TEST_CASE("Links within the root are followed where the kernel can confine them") {
  const Site site;
  for (const char* name : {"inside.txt", "a/up.txt"}) {
    if (!has_openat2()) {
      CHECK(site.error(name) == ELOOP);
      continue;
    }
    auto entry = site.root.find(name, Wait::allowed);
    REQUIRE(entry.ok());
    CHECK(content(*entry) == "c");
  }
}

TEST_CASE("Nothing leads out of the root") {
  const Site site;
  CHECK(site.error("../outside.txt") == EXDEV);
  CHECK(site.error("a/../../outside.txt") == EXDEV);
  CHECK(site.error("..") == EXDEV);
  CHECK(site.error("/etc/passwd") == EXDEV);
  for (const char* link : {"relative-way-out.txt", "absolute-way-out.txt", "parent/outside.txt"})
    CHECK(site.error(link) == (has_openat2() ? EXDEV : ELOOP));
  CHECK(site.error("magic/etc/passwd") != 0);
  CHECK(site.error("loop") == ELOOP);
}

TEST_CASE("A FIFO, a socket or a device is refused and never waited for") {
  const Site site;
  CHECK(site.error("fifo") == EACCES);
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = site.root.path() + "/socket";
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK(site.error("socket") == EACCES);
}

TEST_CASE("A look-up that may not wait finds what the kernel remembers, or says EAGAIN") {
  const Site site;
  REQUIRE(site.error("a/b/c.txt") == 0);
  const int again = site.error("a/b/c.txt", Wait::never);
  CHECK((again == 0 || again == EAGAIN));
  const int missing = site.error("a/never-seen", Wait::never);
  CHECK((missing == ENOENT || missing == EAGAIN));
}

TEST_CASE("Without openat2 files are found and links are refused") {
  const Site site;
  const int error = GENERATE(ENOSYS, EPERM);
  const Findings found = without_openat2(site, error);
  if (!found.filtered) return;  // a sandbox that forbids seccomp
  CHECK(found.file == 0);
  CHECK(found.nested == 0);
  CHECK(found.directory == 0);
  CHECK(found.root == 0);
  CHECK(found.slash == 0);
  CHECK(found.below_file == ENOTDIR);
  CHECK(found.link == ELOOP);
  CHECK(found.link_directory == ELOOP);
  CHECK(found.parent == EXDEV);
  CHECK(found.inner_parent == EXDEV);
  CHECK(found.missing == ENOENT);
  CHECK(found.fifo == EACCES);
  CHECK(found.cached == EAGAIN);
}

TEST_CASE("The path of a root is absolute and without links") {
  const TempDir directory;
  directory.write("real/index.html", "");
  std::filesystem::create_directory_symlink("real", directory / "link");
  const auto root = SiteRoot::open(directory / "link");
  REQUIRE(root.ok());
  CHECK(root->path() == std::filesystem::canonical(directory / "real").string());
}

TEST_CASE("A root that is no directory is an error with its name") {
  const TempDir directory;
  const std::string file = directory.write("file", "");
  for (const std::string& path : {file, directory / "missing"}) {
    const auto root = SiteRoot::open(path);
    REQUIRE_FALSE(root.ok());
    CHECK(root.error().message.find(path) != std::string::npos);
  }
}

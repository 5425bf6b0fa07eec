// SiteRoot: the files of one site, and nothing else of the machine.
//
// Every look-up is openat2(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS): neither "..", nor an absolute symbolic link, nor a
// race can lead out of the root. Where the kernel or a seccomp filter lacks openat2 the path is walked component by
// component with O_NOFOLLOW (links are then refused, and Wait::never always fails).
// Threads: const functions from any thread. Blocking: look-ups may wait for the drive, unless `cached_only` is asked
// for.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace larder::server {

enum class Wait { allowed, never };  // never: fail with EAGAIN instead of waiting for the drive (RESOLVE_CACHED)

struct Entry {
  UniqueFd fd;       // O_RDONLY for a regular file; O_PATH for a directory
  struct stat stat;  // of fd
  bool is_directory() const { return S_ISDIR(stat.st_mode); }
  bool is_file() const { return S_ISREG(stat.st_mode); }
};

class SiteRoot {
 public:
  static Result<SiteRoot> open(const std::string& path);

  // `relative`: without leading slash; empty for the root itself. Error codes: ENOENT, ENOTDIR, EACCES, ELOOP, EXDEV
  // (leads out), EAGAIN (Wait::never); any other (EIO, EMFILE) is a failure of the machine and says nothing about the
  // file. Neither files nor directories (devices, sockets, FIFOs) give EACCES; they are never opened.
  Result<Entry> find(std::string_view relative, Wait wait) const;

  const std::string& path() const { return path_; }  // absolute, links resolved: for SCRIPT_FILENAME and DOCUMENT_ROOT

 private:
  SiteRoot(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  UniqueFd fd_;
};

}  // namespace larder::server

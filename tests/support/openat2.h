// Whether the kernel has openat2(2): an emulated one may not, and without it links in a site are refused, not followed.
#pragma once

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace larder::testing {

inline bool has_openat2() {
  const open_how nothing{};
  return ::syscall(SYS_openat2, AT_FDCWD, nullptr, &nothing, sizeof nothing) < 0 && errno != ENOSYS;
}

}  // namespace larder::testing

#include "server/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

namespace larder::server {

Terminal::Terminal() : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
  has_modes_ = fd_ && ::tcgetattr(fd_.get(), &modes_) == 0;
}

bool Terminal::is_ours() const { return fd_ && ::tcgetpgrp(fd_.get()) == ::getpgrp(); }

// Whoever is in the background and does this is stopped by SIGTTOU, unless it is blocked.
void Terminal::give(pid_t group) const {
  sigset_t block, before;
  ::sigemptyset(&block);
  ::sigaddset(&block, SIGTTOU);
  ::sigprocmask(SIG_BLOCK, &block, &before);
  ::tcsetpgrp(fd_.get(), group);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

void Terminal::lend(pid_t group) const {
  if (is_ours()) give(group);
}

void Terminal::take_back(pid_t group) const {
  if (fd_ && ::tcgetpgrp(fd_.get()) == group) give(::getpgrp());
}

void Terminal::restore_modes() const {
  if (has_modes_ && is_ours()) ::tcsetattr(fd_.get(), TCSADRAIN, &modes_);
}

}  // namespace larder::server

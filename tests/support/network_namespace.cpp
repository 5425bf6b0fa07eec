#include "tests/support/network_namespace.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "tests/support/process.h"

namespace larder::testing {
namespace {

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

UniqueFd current_network() {
  UniqueFd fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  check(fd.get(), "/proc/thread-self/ns/net");
  return fd;
}

void ip(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "ip");
  const Finished done = run(arguments);
  if (done.exit != 0) throw std::runtime_error("ip: " + done.errors);
}

}  // namespace

NetworkNamespace::NetworkNamespace() {
  const UniqueFd home = current_network();
  check(::unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)");
  network_ = current_network();
  ip({"link", "set", "lo", "up"});
  check(::setns(home.get(), CLONE_NEWNET), "setns");
}

NetworkNamespace::Visit::Visit(const NetworkNamespace& network) : home_(current_network()) {
  check(::setns(network.network_.get(), CLONE_NEWNET), "setns");
}

NetworkNamespace::Visit::~Visit() { (void)!::setns(home_.get(), CLONE_NEWNET); }

void join(const NetworkNamespace& one, const std::string& address_of_one, const NetworkNamespace& other,
          const std::string& address_of_other) {
  static int cables = 0;
  const std::string near = fmt::format("near{}", ++cables), far = fmt::format("far{}", cables);
  {
    const NetworkNamespace::Visit here(one);
    ip({"link", "add", near, "type", "veth", "peer", "name", far});
    ip({"link", "set", far, "netns", fmt::format("/proc/{}/fd/{}", ::getpid(), other.network_.get())});
    ip({"addr", "add", address_of_one, "dev", near});
    ip({"link", "set", near, "up"});
  }
  const NetworkNamespace::Visit there(other);
  ip({"addr", "add", address_of_other, "dev", far});
  ip({"link", "set", far, "up"});
}

}  // namespace larder::testing

#include "server/process_limits.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "arm/text_file.h"
#include "tests/support/catch.h"

using namespace larder::server;

namespace {

// In a child, because limits stay: what it says with its exit code.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(body());
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

std::uint64_t locked_kib() {
  return larder::arm::number_of(larder::arm::read_text("/proc/self/status"), "VmLck").value_or(0);
}

}  // namespace

TEST_CASE("The code is locked as far as the limit goes, and a limit of nothing is no error") {
  CHECK(in_child([] {
          const std::size_t locked = lock_code();
          const std::uint64_t kib = locked_kib();
          return (locked == 0) == (kib == 0) && kib * 1024 + 1024 * 1024 >= locked ? 0 : 1;
        }) == 0);
  CHECK(in_child([] {
          const rlimit none{0, 0};
          if (::setrlimit(RLIMIT_MEMLOCK, &none) != 0) return 1;
          if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return 2;
          return lock_code() == 0 && locked_kib() == 0 ? 0 : 3;
        }) == 0);
}

TEST_CASE("As root the daemon is among the last that the kernel ends, and who was lower stays there") {
  if (::geteuid() != 0) return;
  CHECK(in_child([] {
          lower_oom_score();
          const std::string score = larder::arm::read_text("/proc/self/oom_score_adj");
          return score == "-600\n" || score == "0\n" ? 0 : 1;  // 0 where root may not
        }) == 0);
}

TEST_CASE("There are descriptors for the clients, and never fewer than before") {
  CHECK(in_child([] {
          rlimit before{}, after{};
          ::getrlimit(RLIMIT_NOFILE, &before);
          raise_descriptor_limit(100);
          ::getrlimit(RLIMIT_NOFILE, &after);
          return after.rlim_cur >= before.rlim_cur && after.rlim_cur >= 556 ? 0 : 1;
        }) == 0);
}

#include "server/process_limits.h"

#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <string_view>

#include "arm/text_file.h"
#include "base/unique_fd.h"

namespace larder::server {
namespace {

constexpr std::string_view kOomScore = "-600";  // of -1000 (never) to 1000 (first)

// dl_iterate_phdr(3): of each object the segments that are run.
int lock_object(dl_phdr_info* object, std::size_t, void* locked) {
  for (unsigned i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    const void* start = reinterpret_cast<const void*>(object->dlpi_addr + segment.p_vaddr);
    if (::mlock2(start, segment.p_memsz, MLOCK_ONFAULT) == 0) *static_cast<std::size_t*>(locked) += segment.p_memsz;
  }
  return 0;
}

}  // namespace

void prepare_process(unsigned connections) {
  refuse_huge_pages();
  raise_descriptor_limit(connections);
  lower_oom_score();
  lock_code();
}

void lower_oom_score() {
  const UniqueFd file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  // A lower one that somebody gave us stays.
  if (!arm::read_text("/proc/self/oom_score_adj").starts_with("0") || !file) return;
  [[maybe_unused]] const auto written = ::write(file.get(), kOomScore.data(), kOomScore.size());
}

std::size_t lock_code() {
  std::size_t locked = 0;
  ::dl_iterate_phdr(lock_object, &locked);
  return locked;
}

void raise_descriptor_limit(unsigned connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = 3 * rlim_t{connections} + 256;  // a client, a file, a spool each
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? wanted : std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void refuse_huge_pages() { ::prctl(PR_SET_THP_DISABLE, 1UL, 0UL, 0UL, 0UL); }

}  // namespace larder::server

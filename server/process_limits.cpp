#include "server/process_limits.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>

namespace larder::server {

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

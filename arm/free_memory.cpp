#include "arm/free_memory.h"

#include <malloc.h>

#include <cstddef>

// jemalloc(3), whose header renames nothing that is needed here. Weak: the libraries do not know which allocator the
// program is linked with.
extern "C" int mallctl(const char* name, void* old_value, size_t* old_size, void* new_value, size_t new_size)
    __attribute__((weak));

namespace larder::arm {

void return_free_memory() {
  // 4096: MALLCTL_ARENAS_ALL. What this thread keeps for itself goes first.
  if (mallctl != nullptr) {
    mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0);
    mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);
    return;
  }
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace larder::arm

// Free memory: gives what the allocator keeps of freed memory back to the kernel, at once. Portable: jemalloc where the
// program is linked with it, else glibc's malloc, else nothing.
#pragma once

namespace larder::arm {

void return_free_memory();

}  // namespace larder::arm

// What Larder asks of the kernel for its own process at the start. Nothing here fails: what is not granted is done
// without.
#pragma once

#include <cstddef>

namespace larder::server {

// All of what follows.
void prepare_process(unsigned connections);

// Descriptors for as many clients: a socket, a file and a spool each.
void raise_descriptor_limit(unsigned connections);

// Where kernels give them to everybody (Debian's for arm64), a thread that touches a page gets 2 MiB. PHP inherits
// this.
void refuse_huge_pages();

// When memory ends, PHP ends first (base/child.h raises its score), Larder last. Root only, or the unit does it.
void lower_oom_score();

// Keeps the code of the program and its libraries in memory, as far as it was used once: without swap it is what the
// kernel throws out when memory is short, and then every request waits for the SD card. Pages of the cache are not
// locked: jemalloc could not give locked memory back. Returns the bytes that may stay, 0 when none (RLIMIT_MEMLOCK).
std::size_t lock_code();

}  // namespace larder::server

// What Larder asks of the kernel for its own process at the start. Nothing here fails: what is not granted is done
// without.
#pragma once

namespace larder::server {

// As many as the clients need: a socket, a file and a spool each.
void raise_descriptor_limit(unsigned connections);

// Where kernels give them to everybody (Debian's for arm64), a thread that touches a page gets 2 MiB. PHP inherits
// this.
void refuse_huge_pages();

}  // namespace larder::server

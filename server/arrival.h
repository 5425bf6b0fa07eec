// Arrival: a connection that was accepted, and whose it is. On its way from the acceptor to an HTTP loop.
#pragma once

#include "base/unique_fd.h"
#include "server/client_seats.h"
#include "server/endpoint.h"

namespace larder::server {

struct Arrival {
  UniqueFd fd;       // non-blocking
  Endpoint peer;     // the other end, or whom a trusted proxy named by a PROXY header
  bool tls = false;  // ... and that it came there by TLS
  ClientSeats::Seat seat = {};
};

}  // namespace larder::server

// PeerCall: one request to another Larder, over a connection of its own. Only the status of the answer is read.
//
// Plain HTTP/1.1 over sockets, because a peer is a Larder, which speaks nothing else: libcurl with all that it links
// costs an idle process 9.0 MB of resident memory against 1.4 MB (measured on amd64), more than the rest of Larder.
// Every wait ends by itself (the resolver's after a second for each name server), or at once when `interrupt` becomes
// readable. Blocks; from any thread.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "server/peer_address.h"

namespace larder::server {

struct CallLimits {
  Millis connect = 2'000;  // each of at most three addresses
  Millis answer = 5'000;   // then, until the status is there
};

// The status: 100 to 599. `interrupt`: a descriptor, or -1 for none.
Result<int> call_peer(const PeerAddress& peer, std::string_view head, std::string_view body, const Clock& clock,
                      int interrupt = -1, const CallLimits& limits = {});

Result<int> status_of_line(std::string_view line);  // "HTTP/1.1 200 OK"
bool is_taken(int status);                          // 200, 202: the peer has purged
std::string refusal_text(int status);               // "it answers 403: ..."

}  // namespace larder::server

// What the ini and other machines say of peers: addresses that are taken come back the same, a mark has an age that is
// one, and a status has three digits.
#include <cstdlib>
#include <string>

#include "server/peer_address.h"
#include "server/peer_call.h"
#include "server/peer_mail.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace larder::server;
  const std::string text(data, data + size);
  if (const auto peers = parse_peers(text); peers.ok())
    for (const PeerAddress& peer : *peers) {
      const auto again = parse_peer(peer.url());
      if (!again.ok() || *again != peer) std::abort();
    }
  const ForwardMark mark = parse_forward_mark(text);
  if (mark.age < 0 || mark.age % 1000 != 0 || mark.sender.find(' ') != std::string_view::npos) std::abort();
  if (const auto status = status_of_line(text); status.ok() && (*status < 100 || *status > 599)) std::abort();
  return 0;
}

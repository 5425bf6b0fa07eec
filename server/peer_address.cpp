#include "server/peer_address.h"

#include <fmt/core.h>

#include "server/gate.h"
#include "server/setting_value.h"

namespace larder::server {

std::string PeerAddress::authority() const {
  const bool six = host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", six ? "[" : "", host, six ? "]" : "", port);
}

Result<PeerAddress> parse_peer(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (url.starts_with("https://")) return Error{fmt::format("{}: Larder does not speak TLS; write http://", url)};
  if (!url.starts_with(kScheme))
    return Error{fmt::format("\"{}\" does not begin with http://; write http://HOST or http://HOST:PORT", url)};
  std::string_view rest = url.substr(kScheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (!is_host(rest)) return Error{fmt::format("\"{}\" is not of the form http://HOST or http://HOST:PORT", url)};
  PeerAddress peer{.host = std::string(rest), .port = "80"};
  const std::size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos) {
    peer.host = rest.substr(0, colon);
    if (colon + 1 < rest.size()) peer.port = rest.substr(colon + 1);
  }
  if (peer.port.find_first_not_of('0') == std::string::npos)
    return Error{fmt::format("\"{}\": nobody listens on port 0", url)};
  if (peer.host.starts_with('[')) peer.host = peer.host.substr(1, peer.host.size() - 2);
  return peer;
}

Result<std::vector<PeerAddress>> parse_peers(std::string_view text) {
  std::vector<PeerAddress> peers;
  for (const std::string& word : split_words(text)) {
    auto peer = parse_peer(word);
    if (!peer) return peer.error();
    peers.push_back(*std::move(peer));
  }
  return peers;
}

}  // namespace larder::server

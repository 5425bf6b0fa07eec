// Whatever a client or proxy claims, the view holds an address, one of two schemes, and a host and port of their
// grammar; and a peer that is not trusted changes nothing. The input is three lines: X-Forwarded-For, Forwarded, Host.
#include "server/client_view.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/gate.h"

using namespace larder::server;

namespace {

void promise(bool kept) {
  if (!kept) std::abort();
}

std::string_view next_line(std::string_view& rest) {
  const auto line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : line.size());
  return line;
}

void check(const ClientView& view) {
  promise(view.scheme == "http" || view.scheme == "https");
  promise(view.client.text() != "unknown");
  promise(view.host.empty() || is_host(view.host));
  promise(view.port != 0);
  promise(view.server_name().find_first_of("[]/@ ") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Network> trusted = {*Network::parse("10.0.0.0/8")};
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto forwarded_for = next_line(rest), forwarded = next_line(rest), host = next_line(rest);
  RequestHead head;
  head.method = "GET";
  head.target = "/";
  head.version = "HTTP/1.1";
  head.fields = {{"X-Forwarded-Proto", forwarded}, {"Host", host}, {"X-Forwarded-Port", rest}};
  head.fields.add({"X-Forwarded-For", forwarded_for});
  RequestHead other = head;
  other.fields = {{"Forwarded", forwarded}, {"Host", host}};

  if (gate(head, 0).refusal || gate(other, 0).refusal) return 0;

  head.peer = other.peer = *Endpoint::parse("10.0.0.1");
  check(client_view(head, {}, trusted));
  check(client_view(other, {}, trusted));

  head.peer = *Endpoint::parse("203.0.113.5:4711");
  const ClientView stranger = client_view(head, {}, trusted);
  check(stranger);
  promise(stranger.client == head.peer && stranger.scheme == "http" && !stranger.forwarded);
  return 0;
}

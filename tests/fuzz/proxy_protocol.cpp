// Whatever a balancer sends: a complete header lies within the bytes and within the limit, more bytes behind it change
// nothing, and what is a mistake stays one.
#include "server/proxy_protocol.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace larder::server;

namespace {

void promise(bool kept) {
  if (!kept) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  using State = ProxyHeader::State;
  State before = State::incomplete;
  for (std::size_t length = 0; length <= bytes.size() && length <= 512; ++length) {
    const ProxyHeader header = parse_proxy_header(std::string_view(bytes).substr(0, length));
    if (before != State::incomplete) promise(header.state == before);
    if (header.state == State::complete) promise(header.size <= length && header.size <= kLargestProxyHeader);
    if (header.state == State::complete && before == State::incomplete) promise(header.size == length);
    if (header.client) promise(header.client->text() != "unknown" && header.client->text() != "unix:");
    before = header.state;
  }
  const ProxyHeader whole = parse_proxy_header(bytes);
  if (bytes.size() >= kLargestProxyHeader) promise(whole.state != State::incomplete);
  return 0;
}

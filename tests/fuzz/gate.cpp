// Whatever passes the gate has one Host, one framing and clean names and values. The input is a head in lines: method,
// target, version, then name and value in turn.
#include "server/gate.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/field.h"

using namespace larder;
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

void check(const RequestHead& head, const Framing& framing, std::uint64_t max_body) {
  const std::size_t lengths = head.count("Content-Length"), encodings = head.count("Transfer-Encoding");
  promise(lengths + encodings <= 1);
  promise(framing.length.has_value() == (lengths == 1) && framing.chunked == (encodings == 1));
  promise(!framing.length || *framing.length <= max_body);
  promise(head.version == "HTTP/1.0" ? head.count("Host") <= 1 && !framing.chunked : head.count("Host") == 1);
  promise(head.method != "TRACE" && head.method != "CONNECT" && is_token(head.method));
  for (const FieldView& field : head.fields) {
    promise(is_token(field.name) && is_field_value(field.value));
    promise(field.name.find_first_of(": \t") == std::string_view::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kMaxBody = 1 << 20;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  RequestHead head;
  head.method = next_line(rest);
  head.target = next_line(rest);
  head.version = next_line(rest);
  while (!rest.empty()) {
    const auto name = next_line(rest);
    head.fields.add({name, next_line(rest)});
  }
  const Gated gated = gate(head, kMaxBody);
  if (gated.refusal)
    promise(gated.refusal->status >= 400 && gated.refusal->status <= 505);
  else
    check(head, gated.framing, kMaxBody);
  return 0;
}

// A head that is taken can be sent on as it is: tokens, clean values, a final status, nothing of the connection's. And
// it is the same head, or none, however the input is cut. The first byte of the input says how.
#include "fastcgi/cgi_head.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace larder::fastcgi;
using State = CgiHeadParser::State;

namespace {

void promise(bool kept) {
  if (!kept) std::abort();
}

struct Parsed {
  State state = State::more;
  CgiHead head;
  std::string_view rest;
};

Parsed parse(std::string_view text, std::size_t step) {
  CgiHeadParser parser;
  Parsed parsed;
  while (!text.empty() && parsed.state == State::more) {
    std::string_view input = text.substr(0, step);
    const std::size_t offered = input.size();
    parsed.state = parser.feed(input);
    text.remove_prefix(offered - input.size());
  }
  if (parsed.state == State::done) parsed.head = parser.take();
  parsed.rest = text;
  return parsed;
}

bool is_clean(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

void check(const CgiHead& head) {
  promise(head.status >= 200 && head.status <= 599);
  for (const larder::Field& field : head.fields) {
    promise(!field.name.empty());
    promise(field.name.find_first_of(" \t:()<>@,;\\\"/[]?={}") == std::string::npos);
    promise(std::all_of(field.name.begin(), field.name.end(), [](char c) { return c > 0x20 && c < 0x7f; }));
    promise(std::all_of(field.value.begin(), field.value.end(), is_clean));
    promise(!larder::equals_ignoring_case(field.name, "transfer-encoding"));
    promise(!larder::equals_ignoring_case(field.name, "connection"));
    promise(!larder::equals_ignoring_case(field.name, "status"));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string text(data + 1, data + size);
  const Parsed whole = parse(text, SIZE_MAX), cut = parse(text, data[0] % 17 + 1U);
  promise(whole.state == cut.state);
  if (whole.state != State::done) return 0;
  promise(whole.head.status == cut.head.status && whole.head.fields == cut.head.fields && whole.rest == cut.rest);
  check(whole.head);
  return 0;
}

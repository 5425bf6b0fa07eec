// Whatever a worker sends, the sink hears a head at most once and before any body, and the same bytes and the same end
// however the stream is cut. The first byte of the input says how.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "fastcgi/response_parser.h"

using namespace larder::fastcgi;

namespace {

void promise(bool kept) {
  if (!kept) std::abort();
}

class Collector final : public AnswerSink {
 public:
  bool on_head(CgiHead received) override {
    promise(heads++ == 0);
    head = std::move(received);
    return true;
  }
  bool on_body(std::string_view bytes) override {
    promise(heads == 1 && !bytes.empty());
    body += bytes;
    return true;
  }
  void on_stderr(std::string_view bytes) override {
    promise(!bytes.empty());
    errors += bytes;
  }

  int heads = 0;
  CgiHead head;
  std::string body, errors;
};

struct Heard {
  ResponseParser::State state = ResponseParser::State::more;
  Collector sink;
};

Heard hear(std::string_view stream, std::size_t step) {
  ResponseParser parser;
  Heard heard;
  while (!stream.empty()) {
    const std::string_view input = stream.substr(0, step);
    stream.remove_prefix(input.size());
    heard.state = parser.feed(input, heard.sink);
  }
  promise(parser.head_received() == (heard.sink.heads == 1));
  promise(heard.state != ResponseParser::State::complete || heard.sink.heads == 1);
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string stream(data + 1, data + size);
  const Heard whole = hear(stream, SIZE_MAX), cut = hear(stream, data[0] % 17 + 1U);
  promise(whole.state == cut.state && whole.sink.heads == cut.sink.heads);
  promise(whole.sink.head.status == cut.sink.head.status && whole.sink.head.fields == cut.sink.head.fields);
  promise(whole.sink.body == cut.sink.body && whole.sink.errors == cut.sink.errors);
  return 0;
}

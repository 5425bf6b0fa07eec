#include "fastcgi/response_parser.h"

#include <random>

#include "tests/fastcgi/worker_bytes.h"
#include "tests/support/catch.h"

using namespace larder::fastcgi;
using namespace larder::fastcgi::testing;
using State = ResponseParser::State;

namespace {

class Collector final : public AnswerSink {
 public:
  bool on_head(CgiHead received) override {
    ++heads;
    head = std::move(received);
    return wants_body;
  }
  bool on_body(std::string_view bytes) override {
    CHECK(heads == 1);
    CHECK_FALSE(bytes.empty());
    body += bytes;
    return body.size() < enough;
  }
  void on_stderr(std::string_view bytes) override { errors += bytes; }

  int heads = 0;
  CgiHead head;
  std::string body, errors;
  bool wants_body = true;
  std::size_t enough = SIZE_MAX;
};

State feed(ResponseParser& parser, std::string_view stream, AnswerSink& sink, std::size_t step = SIZE_MAX) {
  State state = State::more;
  while (!stream.empty()) {
    const std::string_view input = stream.substr(0, step);
    stream.remove_prefix(input.size());
    state = parser.feed(input, sink);
  }
  return state;
}

State answer(const std::string& stream, Collector& sink) {
  ResponseParser parser;
  return feed(parser, stream, sink);
}

const std::string kHead = "Content-Type: text/plain\r\n\r\n";

}  // namespace

TEST_CASE("an answer is the same however it is cut") {
  const std::string stream = err("one") + record(6, "Status: 201\r\nX: y\r", 1, 3) + out("\n\r") + out("\nbo") +
                             record(10, "skipped", 0, 1) + err("two") + out("") + out("dy") + end(1);
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    ResponseParser parser;
    Collector sink;
    CHECK(feed(parser, stream, sink, step) == State::complete);
    CHECK(sink.heads == 1);
    CHECK(sink.head.status == 201);
    CHECK(sink.head.fields == larder::Fields{{"X", "y"}});
    CHECK(sink.body == "body");
    CHECK(sink.errors == "onetwo");
  }
}

TEST_CASE("an answer cut short at any byte is not complete") {
  const std::string stream = out(kHead + "body") + end();
  for (std::size_t size = 0; size < stream.size(); ++size) {
    ResponseParser parser;
    Collector sink;
    CHECK(feed(parser, stream.substr(0, size), sink) == State::more);
    CHECK(parser.answer_begun() == (size > 8));
    CHECK(parser.head_received() == (size >= 8 + kHead.size()));
  }
}

TEST_CASE("what follows the end is ignored") {
  Collector sink;
  CHECK(answer(out(kHead + "body") + end() + out("more") + "garbage", sink) == State::complete);
  CHECK(sink.body == "body");
}

TEST_CASE("an end without a head is a failure when the script says so, else no CGI answer") {
  for (const auto& [stream, expected] : {std::pair{end(255), State::failed}, std::pair{end(0), State::malformed},
                                         std::pair{out("X: y\r\n") + end(1), State::failed}}) {
    ResponseParser parser;
    Collector sink;
    CHECK(feed(parser, stream, sink) == expected);
    CHECK(sink.heads == 0);
    CHECK(parser.answer_begun());
  }
}

TEST_CASE("a worker that refuses the request has not begun an answer") {
  ResponseParser parser;
  Collector sink;
  CHECK(feed(parser, end(0, 2), sink) == State::failed);
  CHECK_FALSE(parser.answer_begun());
}

TEST_CASE("error lines alone do not begin an answer") {
  ResponseParser parser;
  Collector sink;
  CHECK(feed(parser, err("PHP Warning") + out(""), sink) == State::more);
  CHECK_FALSE(parser.answer_begun());
}

TEST_CASE("what is no answer is malformed") {
  Collector sink;
  CHECK(answer("HTTP/1.1 200 OK\r\n\r\n", sink) == State::malformed);
  CHECK(answer(record(6, kHead, 2), sink) == State::malformed);
  CHECK(answer(record(5, "stdin"), sink) == State::malformed);
  CHECK(answer(record(99, ""), sink) == State::malformed);
  CHECK(answer(out(kHead) + record(3, "1234567"), sink) == State::malformed);
  CHECK(answer(out(kHead) + record(3, std::string(9, '\0')), sink) == State::malformed);
  CHECK(answer(out("no head\r\n\r\n") + end(), sink) == State::malformed);
}

TEST_CASE("a sink that wants no more gets no more") {
  Collector no_body;
  no_body.wants_body = false;
  CHECK(answer(out(kHead + "body") + end(), no_body) == State::abandoned);
  CHECK(no_body.body.empty());
  Collector some;
  some.enough = 4;
  CHECK(answer(out(kHead + "body") + out("more") + end(), some) == State::abandoned);
  CHECK(some.body == "body");
}

TEST_CASE("random records in random pieces give the bytes that went in") {
  std::mt19937 random(1995);
  for (int round = 0; round < 200; ++round) {
    const std::string body(random() % 100'000, 'b');
    const std::string text = kHead + body;
    std::string stream, errors;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size =
          std::min<std::size_t>(text.size() - at, random() % 2 == 0 ? random() % 65536 : random() % 9);
      stream += record(6, text.substr(at, size), 1, random() % 256);
      at += size;
      if (random() % 3 != 0) continue;
      errors += "line\n";
      stream += err("line\n");
    }
    stream += end();
    ResponseParser parser;
    Collector sink;
    State state = State::more;
    for (std::string_view rest = stream; !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(rest.size(), 1 + random() % 40'000);
      state = parser.feed(rest.substr(0, size), sink);
      rest.remove_prefix(size);
    }
    CHECK(state == State::complete);
    CHECK(sink.body == body);
    CHECK(sink.errors == errors);
  }
}

#include "fastcgi/cgi_head.h"

#include "tests/support/catch.h"

using namespace larder::fastcgi;
using larder::Field;
using larder::Fields;
using State = CgiHeadParser::State;

namespace {

struct Parsed {
  State state = State::more;
  CgiHead head;
  std::string rest;
};

// Cut after every `step` bytes.
Parsed parse(std::string_view text, std::size_t step = 1 << 20) {
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

int status_of(const std::string& lines) {
  const Parsed parsed = parse(lines + "\n");
  return parsed.state == State::done ? parsed.head.status : -1;
}

bool malformed(const std::string& lines) { return parse(lines + "\r\n\r\n").state == State::malformed; }

}  // namespace

TEST_CASE("a head ends at its empty line and what follows is body") {
  const Parsed parsed = parse("Content-Type: text/html; charset=UTF-8\r\nX-Powered-By: us\r\n\r\n\r\nbody");
  REQUIRE(parsed.state == State::done);
  CHECK(parsed.head.status == 200);
  CHECK(parsed.head.fields == Fields{{"Content-Type", "text/html; charset=UTF-8"}, {"X-Powered-By", "us"}});
  CHECK(parsed.rest == "\r\nbody");
}

TEST_CASE("a head may come in any pieces and with either line end") {
  const std::string text = "Status: 404 Not Found\r\nContent-Type:text/html\nX-Empty:\r\nX:  a b \t\n\r\nrest";
  const Parsed whole = parse(text);
  REQUIRE(whole.state == State::done);
  CHECK(whole.head.status == 404);
  CHECK(whole.head.fields == Fields{{"Content-Type", "text/html"}, {"X-Empty", ""}, {"X", "a b"}});
  for (std::size_t step = 1; step < text.size(); ++step) {
    const Parsed parsed = parse(text, step);
    REQUIRE(parsed.state == State::done);
    CHECK(parsed.head.status == whole.head.status);
    CHECK(parsed.head.fields == whole.head.fields);
    CHECK(parsed.rest == "rest");
  }
}

TEST_CASE("the status is the script's, else 302 with a Location, else 200") {
  CHECK(status_of("Content-Type: a/b\n") == 200);
  CHECK(status_of("Location: /elsewhere\n") == 302);
  CHECK(status_of("location: /elsewhere\nstatus: 301 Moved\n") == 301);
  CHECK(status_of("Status: 200 OK\nLocation: /elsewhere\n") == 200);
  CHECK(status_of("Status: 304\n") == 304);
  CHECK(status_of("Status: 599\tOdd\n") == 599);
  CHECK(status_of("Status: 404 Not Found\nStatus: 404\n") == 404);
  CHECK(status_of("") == 200);
}

TEST_CASE("a status that is none makes the answer malformed") {
  for (const char* status : {"", "OK", "20", "2000", "200OK", "-20", "100 Continue", "199", "600", "0200", "2 0"})
    CHECK(malformed(std::string("Status: ") + status));
  CHECK(malformed("Status: 200\r\nStatus: 404"));
}

TEST_CASE("lines that are no fields make the answer malformed") {
  for (const char* line : {"no colon", ": no name", "two words: x", "Name : x", " folded: x", "\tfolded", "N\x7f: x",
                           "N\xc3\xa4me: x", "(comment): x", "HTTP/1.1 200 OK", "a[b]: x", "\"q\": x"}) {
    INFO(line);
    CHECK(malformed(line));
    CHECK(malformed(std::string("Good: yes\r\n") + line + "\r\nAlso: good"));
  }
}

TEST_CASE("a control character in a value makes the answer malformed, so that no answer can be split") {
  for (int c = 0; c < 256; ++c) {
    const std::string line = std::string("X: a") + static_cast<char>(c) + "b";
    INFO(c);
    if (c == '\n')
      CHECK(malformed(line));  // "b" is a line without a colon
    else
      CHECK(malformed(line) == ((c < 0x20 && c != '\t') || c == 0x7f));
  }
  CHECK(malformed("X: a\r\r\nY: b"));
  CHECK(malformed("X: a\rSet-Cookie: b"));
  CHECK(malformed("X: \r"));
}

TEST_CASE("a field of the same name stays a field of its own, in order") {
  const Parsed parsed = parse("Set-Cookie: a=1\nLink: <x>\nSet-Cookie: b=2\nLink: <y>\n\n");
  REQUIRE(parsed.state == State::done);
  CHECK(parsed.head.fields == Fields{{"Set-Cookie", "a=1"}, {"Link", "<x>"}, {"Set-Cookie", "b=2"}, {"Link", "<y>"}});
}

TEST_CASE("fields of the connection are dropped, the claimed length is kept") {
  const Parsed parsed = parse(
      "connection: close\nKeep-Alive: 5\nTRANSFER-ENCODING: chunked\nUpgrade: h2c\nTE: trailers\nTrailer: X\n"
      "Proxy-Connection: x\nproxy-authenticate: y\nProxy-: z\nContent-Length: 12\nTest: t\nProxy: p\n\n");
  REQUIRE(parsed.state == State::done);
  CHECK(parsed.head.fields == Fields{{"Content-Length", "12"}, {"Test", "t"}, {"Proxy", "p"}});
}

TEST_CASE("a head of 64 KiB is taken and one byte more is malformed") {
  const auto head = [](std::size_t size) { return "X: " + std::string(size - 5, 'v') + "\n\n"; };
  for (const std::size_t step : {std::size_t{1}, std::size_t{1000}, std::size_t{1} << 20}) {
    CHECK(parse(head(65536), step).state == State::done);
    CHECK(parse(head(65537), step).state == State::malformed);
  }
}

TEST_CASE("a head without an end never takes more than its limit") {
  CgiHeadParser parser;
  std::size_t taken = 0;
  State state = State::more;
  while (state == State::more) {
    std::string_view input = "never: ending\n";
    const std::size_t offered = input.size();
    state = parser.feed(input);
    taken += offered - input.size();
    REQUIRE(taken <= CgiHeadParser::kMaxSize);
  }
  CHECK(state == State::malformed);
}

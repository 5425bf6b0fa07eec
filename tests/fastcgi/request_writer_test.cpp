#include "fastcgi/request_writer.h"

#include "fastcgi/record.h"
#include "tests/fastcgi/test_body.h"
#include "tests/support/catch.h"

using namespace larder::fastcgi;
using larder::fastcgi::testing::TestBody;

namespace {

// Everything the writer has, taken at most `step` bytes at a time.
std::string drain(RequestWriter writer, std::size_t step = SIZE_MAX) {
  std::string bytes;
  for (;;) {
    const auto pending = writer.pending();
    REQUIRE(pending);
    if (pending->empty()) return bytes;
    const std::string_view part = pending->substr(0, step);
    bytes += part;
    writer.taken(part.size());
  }
}

std::string stdin_of(std::string_view stream) {
  std::string body;
  RecordReader reader;
  bool ended = false;
  while (const auto piece = reader.next(stream))
    if (piece->type == static_cast<int>(RecordType::stdin_data)) {
      CHECK_FALSE(ended);
      ended = piece->content.empty();
      body += piece->content;
    }
  CHECK(ended);
  return body;
}

}  // namespace

TEST_CASE("the worked example of PROTOCOL.md is what goes over the wire") {
  TestBody body("a=1");
  const Params params = {{"REQUEST_METHOD", "POST"}, {"SCRIPT_FILENAME", "/srv/a.php"}, {"CONTENT_LENGTH", "3"}};
  const std::string expected(
      "\1\1\0\1\0\10\0\0"
      "\0\1\0\0\0\0\0\0"
      "\1\4\0\1\0\x40\0\0"
      "\16\4REQUEST_METHODPOST"
      "\17\12SCRIPT_FILENAME/srv/a.php"
      "\16\1CONTENT_LENGTH3"
      "\1\4\0\1\0\0\0\0"
      "\1\5\0\1\0\3\0\0"
      "a=1"
      "\1\5\0\1\0\0\0\0",
      8 + 8 + 8 + 64 + 8 + 8 + 3 + 8);
  CHECK(drain(RequestWriter::make(params, &body).value()) == expected);
}

TEST_CASE("a body of any size goes over the wire whole") {
  for (const std::size_t size : {0, 1, 32767, 32768, 32769, 200'000}) {
    TestBody body(std::string(size, 'x'));
    const std::string stream = drain(RequestWriter::make({}, &body).value());
    CHECK(stdin_of(stream) == body.text());
    CHECK(drain(RequestWriter::make({}, &body).value(), 7) == stream);
  }
  CHECK(stdin_of(drain(RequestWriter::make({}, nullptr).value())).empty());
}

TEST_CASE("a body that cannot be read, or ends early, is an error") {
  for (const auto fault : {TestBody::Fault::fails, TestBody::Fault::ends}) {
    TestBody body(std::string(100'000, 'x'), fault);
    auto writer = RequestWriter::make({}, &body);
    REQUIRE(writer);
    auto pending = writer->pending();
    while (pending) {
      REQUIRE_FALSE(pending->empty());
      writer->taken(pending->size());
      pending = writer->pending();
    }
    CHECK_FALSE(pending.error().message.empty());
  }
}

#include "fastcgi/record.h"

#include "tests/fastcgi/worker_bytes.h"
#include "tests/support/catch.h"

using namespace larder::fastcgi;
using larder::fastcgi::testing::record;

namespace {

struct Whole {
  int type = 0, id = 0;
  std::string content;
  bool operator==(const Whole&) const = default;
};

// The records of a stream that is cut after every `step` bytes.
std::vector<Whole> read_all(std::string_view stream, std::size_t step, bool& failed) {
  RecordReader reader;
  std::vector<Whole> records;
  std::string content;
  while (!stream.empty()) {
    std::string_view input = stream.substr(0, step);
    stream.remove_prefix(input.size());
    while (const auto piece = reader.next(input)) {
      content += piece->content;
      if (!piece->last) continue;
      records.push_back({piece->type, piece->request_id, content});
      content.clear();
    }
    REQUIRE((input.empty() || reader.failed()));
  }
  failed = reader.failed();
  return records;
}

}  // namespace

TEST_CASE("BEGIN_REQUEST asks for a responder that closes the connection") {
  std::string bytes;
  append_begin_request(bytes);
  CHECK(bytes == std::string("\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0", 16));
}

TEST_CASE("a record header carries its length in two bytes and no padding") {
  std::string bytes;
  append_record_header(bytes, RecordType::stdin_data, 0x1234);
  CHECK(bytes == std::string("\1\5\0\1\x12\x34\0\0", 8));
}

TEST_CASE("records come out whole however the stream is cut") {
  const std::string stream = record(6, "hello") + record(7, "") + record(6, std::string(300, 'x'), 7, 1) +
                             record(6, "") + record(3, std::string(8, '\0'), 0, 255) + record(11, "abc", 0);
  const std::vector<Whole> expected = {
      {6, 1, "hello"}, {7, 1, ""}, {6, 7, std::string(300, 'x')}, {6, 1, ""}, {3, 0, std::string(8, '\0')},
      {11, 0, "abc"}};
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    bool failed = false;
    CHECK(read_all(stream, step, failed) == expected);
    CHECK_FALSE(failed);
  }
}

TEST_CASE("content is handed on before its record is complete") {
  const std::string stream = record(6, "hello");
  RecordReader reader;
  std::string_view input = std::string_view(stream).substr(0, 10);
  const auto piece = reader.next(input);
  REQUIRE(piece);
  CHECK(piece->content == "he");
  CHECK_FALSE(piece->last);
  CHECK_FALSE(reader.next(input));
  CHECK_FALSE(reader.failed());
}

TEST_CASE("a stream of another version fails at its first byte and for good") {
  RecordReader reader;
  std::string_view input = "H";
  CHECK_FALSE(reader.next(input));
  CHECK(reader.failed());
  const std::string good = record(6, "hello");
  input = good;
  CHECK_FALSE(reader.next(input));
}

TEST_CASE("the application status of END_REQUEST has four bytes") {
  const EndRequest end = decode_end_request({0x89, 0xab, 0xcd, 0xef, 0, 0, 0, 0});
  CHECK(end.app_status == 0x89abcdef);
  CHECK(end.complete);
  CHECK_FALSE(decode_end_request({0, 0, 0, 0, 2, 0, 0, 0}).complete);
}

#include "fastcgi/params.h"

#include <random>

#include "fastcgi/record.h"
#include "tests/support/catch.h"

using namespace larder::fastcgi;

namespace {

std::size_t read_length(std::string_view& content) {
  REQUIRE_FALSE(content.empty());
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(content[i])); };
  if (byte(0) < 128) {
    const std::size_t length = byte(0);
    content.remove_prefix(1);
    return length;
  }
  REQUIRE(content.size() >= 4);
  const std::size_t length = (byte(0) & 0x7f) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
  content.remove_prefix(4);
  return length;
}

std::string take(std::string_view& content, std::size_t size) {
  REQUIRE(content.size() >= size);
  const std::string text(content.substr(0, size));
  content.remove_prefix(size);
  return text;
}

// Every record must hold whole pairs: that is what the REQUIREs above prove.
Params decode(std::string_view stream, std::size_t& records) {
  Params params;
  RecordReader reader;
  bool ended = false;
  records = 0;
  while (const auto piece = reader.next(stream)) {
    REQUIRE(piece->last);
    REQUIRE_FALSE(ended);
    CHECK(piece->type == 4);
    ended = piece->content.empty();
    ++records;
    for (std::string_view content = piece->content; !content.empty();) {
      const std::size_t name = read_length(content), value = read_length(content);
      std::string name_text = take(content, name);
      params.emplace_back(std::move(name_text), take(content, value));
    }
  }
  CHECK(ended);
  return params;
}

}  // namespace

TEST_CASE("no parameters are one empty record") {
  std::string bytes;
  REQUIRE(append_params(bytes, {}));
  CHECK(bytes == std::string("\1\4\0\1\0\0\0\0", 8));
}

TEST_CASE("lengths take one byte up to 127 and four above") {
  for (const std::size_t size : {0, 1, 127, 128, 129, 65535 - 1 - 4 - 1}) {
    const Params params = {{"N", std::string(size, 'v')}};
    std::string bytes;
    REQUIRE(append_params(bytes, params));
    std::size_t records = 0;
    CHECK(decode(bytes, records) == params);
    CHECK(records == 2);
  }
}

TEST_CASE("a pair that fits no record is an error") {
  std::string bytes;
  CHECK_FALSE(append_params(bytes, {{"N", std::string(65535 - 1 - 4, 'v')}}));
  CHECK_FALSE(append_params(bytes, {{std::string(40000, 'n'), std::string(40000, 'v')}}));
  const auto status = append_params(bytes, {{"HTTP_COOKIE", std::string(70000, 'v')}});
  REQUIRE_FALSE(status);
  CHECK(status.error().message.find("HTTP_COOKIE") != std::string::npos);
}

TEST_CASE("pairs of any sizes come back in order, none split between records") {
  std::mt19937 random(20160229);
  for (int round = 0; round < 60; ++round) {
    Params params;
    const auto count = random() % 40;
    for (unsigned i = 0; i < count; ++i) {
      const std::size_t value = random() % 8 == 0 ? random() % 65000 : random() % 300;
      params.emplace_back(std::string(random() % 200, 'n'), std::string(value, static_cast<char>('a' + i % 26)));
    }
    std::string bytes;
    REQUIRE(append_params(bytes, params));
    std::size_t records = 0;
    CHECK(decode(bytes, records) == params);
  }
}

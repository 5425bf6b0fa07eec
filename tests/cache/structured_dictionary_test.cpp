#include "cache/structured_dictionary.h"

#include "tests/support/catch.h"

namespace larder::cache {
namespace {

using Kind = DictionaryMember::Kind;

TEST_CASE("A dictionary has keys with integers, booleans and other things (RFC 8941 3.2)") {
  const auto members = parse_dictionary("max-age=60, no-store, a=?0 , b=\"x, y\",\tc=1.5, d=:YQ==:, e=tok/en, f=-7");
  REQUIRE(members);
  REQUIRE(members->size() == 8);
  CHECK(members->at(0).key == "max-age");
  CHECK(members->at(0).kind == Kind::integer);
  CHECK(members->at(0).integer == 60);
  CHECK(members->at(1).kind == Kind::boolean);
  CHECK(members->at(1).integer == 1);
  CHECK(members->at(2).integer == 0);
  for (const std::size_t other : {3U, 4U, 5U, 6U}) CHECK(members->at(other).kind == Kind::other);
  CHECK(members->at(7).integer == -7);
}

TEST_CASE("Parameters and inner lists are read over (RFC 8941 3.1.1, 3.1.2)") {
  const auto members = parse_dictionary(R"(a=1;x=2; y, b=("q" 5;z   tok);w, c;p="\"\\", *d=7)");
  REQUIRE(members);
  CHECK(members->size() == 4);
  CHECK(members->at(0).integer == 1);
  CHECK(members->at(3).key == "*d");
}

TEST_CASE("Of a key given twice the last counts (RFC 8941 3.2)") {
  const auto members = parse_dictionary("a=1, b=2, a=3");
  REQUIRE(members);
  REQUIRE(members->size() == 2);
  CHECK(members->at(1).key == "a");
  CHECK(members->at(1).integer == 3);
}

TEST_CASE("Nothing is an empty dictionary") {
  CHECK(parse_dictionary("")->empty());
  CHECK(parse_dictionary("   ")->empty());
}

TEST_CASE("One error makes the whole no dictionary (RFC 8941 4.2)") {
  const std::string text =
      GENERATE("Max-Age=60", "max-age=60,", "max-age=60,,b", "max-age=", "=60", "max-age 60", "max-age = 60", "a=1 b=2",
               "a=\"x", "a=\"\\x\"", "a=\"\x01\"", "a=:YQ==", "a=?2", "a=?", "a=(1 2", "a=(1,2)", "a=(1\"x\")", "a=1;",
               "a=1;=2", "a=1;X", "a=1.", "a=1.2345", "a=1234567890123.5", "a=1234567890123456", "a=-", "a=--1", "9a=1",
               "a=1;b=", "a='x'", "a=\xc3\xa4");
  INFO(text);
  CHECK_FALSE(parse_dictionary(text));
}

}  // namespace
}  // namespace larder::cache

#include "cache/vary.h"

#include "tests/support/catch.h"

namespace larder::cache {
namespace {

using Names = std::vector<std::string>;

TEST_CASE("Names of Vary are in lower case and order, each once, without Accept-Encoding (RFC 9110 12.5.5)") {
  const Vary vary = vary_of({{"Vary", "Origin ,accept-language"}, {"Vary", "ACCEPT-ENCODING, origin,,"}});
  CHECK(vary.names == Names{"accept-language", "origin"});
  CHECK_FALSE(vary.on_everything);
  CHECK(vary_of({{"Vary", "Accept-Encoding"}}).names.empty());
  CHECK(vary_of({}) == Vary{});
}

TEST_CASE("A star in any line is everything (RFC 9111 4.1)") {
  CHECK(vary_of({{"Vary", "*"}}).on_everything);
  CHECK(vary_of({{"Vary", "Origin"}, {"Vary", "X, *"}}).on_everything);
}

TEST_CASE("Requests are alike when the fields named are, whatever the others say (RFC 9111 4.1)") {
  const Names names = {"accept-language", "origin"};
  const auto key = [&](const Fields& request) { return secondary_key(names, request); };
  CHECK(key({{"Origin", "a"}, {"X", "1"}}) == key({{"origin", "a"}, {"X", "2"}}));
  CHECK(key({{"Origin", "a"}}) != key({{"Origin", "b"}}));
  CHECK(key({{"Origin", "A"}}) != key({{"Origin", "a"}}));
  CHECK(key({}) == "accept-language\torigin");
}

TEST_CASE("A field that is not there is not one that is empty (RFC 9111 4.1)") {
  CHECK(secondary_key(Names{"x"}, Fields{}) != secondary_key(Names{"x"}, Fields{{"X", ""}}));
}

TEST_CASE("White space, line breaks and empty elements do not make another value (RFC 9111 4.1)") {
  const auto key = [](const Fields& request) { return secondary_key(Names{"accept-language"}, request); };
  const auto plain = key({{"Accept-Language", "de,en;q=0.5"}});
  CHECK(key({{"Accept-Language", "de, en;q=0.5"}}) == plain);
  CHECK(key({{"Accept-Language", " de ,\t en;q=0.5 ,"}}) == plain);
  CHECK(key({{"Accept-Language", "de"}, {"Accept-Language", "en;q=0.5"}}) == plain);
  CHECK(key({{"Accept-Language", "DE,EN;q=0.5"}}) == plain);
  CHECK(key({{"Accept-Language", "en;q=0.5,de"}}) != plain);
  CHECK(secondary_key(Names{"x"}, Fields{{"X", "a  b"}}) == secondary_key(Names{"x"}, Fields{{"X", "a b"}}));
  CHECK(secondary_key(Names{"x"}, Fields{{"X", "ab"}}) != secondary_key(Names{"x"}, Fields{{"X", "a b"}}));
}

TEST_CASE("The value of one field cannot look like that of another") {
  const Names names = {"a", "b"};
  CHECK(secondary_key(names, Fields{{"A", "1"}, {"B", "2"}}) != secondary_key(names, Fields{{"A", "1,b=2"}}));
  CHECK(secondary_key(names, Fields{{"A", "1"}}) != secondary_key(names, Fields{{"B", "1"}}));
}

TEST_CASE("A long value is hashed, and still its own") {
  const auto key = [](const std::string& value) { return secondary_key(Names{"cookie"}, Fields{{"Cookie", value}}); };
  CHECK(key(std::string(10'000, 'a')).size() < 64);
  CHECK(key(std::string(10'000, 'a')) != key(std::string(10'001, 'a')));
  CHECK(key(std::string(10'000, 'a')) == key(std::string(10'000, 'a')));
}

}  // namespace
}  // namespace larder::cache

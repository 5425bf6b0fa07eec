#include "base/glob.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace larder;

TEST_CASE("A pattern without wildcards matches itself only") {
  CHECK(glob_match("", ""));
  CHECK(glob_match("PHPSESSID", "PHPSESSID"));
  CHECK_FALSE(glob_match("PHPSESSID", "PHPSESSIDx"));
  CHECK_FALSE(glob_match("PHPSESSID", "xPHPSESSID"));
  CHECK_FALSE(glob_match("PHPSESSID", "phpsessid"));
  CHECK_FALSE(glob_match("", "a"));
}

TEST_CASE("A star matches any run of characters, also none") {
  CHECK(glob_match("*", ""));
  CHECK(glob_match("*", "anything/at.all"));
  CHECK(glob_match("utm_*", "utm_"));
  CHECK(glob_match("utm_*", "utm_source"));
  CHECK_FALSE(glob_match("utm_*", "utm"));
  CHECK(glob_match("*.example.org", "www.example.org"));
  CHECK_FALSE(glob_match("*.example.org", "example.org"));
  CHECK(glob_match("a*b*c", "a-b-b-c"));
  CHECK_FALSE(glob_match("a*b*c", "a-b-b-d"));
  CHECK(glob_match("**", "x"));
}

TEST_CASE("A question mark matches exactly one character") {
  CHECK(glob_match("pi?", "pi3"));
  CHECK_FALSE(glob_match("pi?", "pi"));
  CHECK_FALSE(glob_match("pi?", "pi10"));
}

TEST_CASE("A pattern made to be slow is not") {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  CHECK_FALSE(glob_match(pattern + "b", std::string(20'000, 'a')));
}

TEST_CASE("One of several patterns is enough") {
  const GlobSet patterns = {"utm_*", "?id", "", "*z"};
  for (const char* text : {"utm_source", "xid", "", "fuzz"}) CHECK(patterns.matches(text));
  for (const char* text : {"utm", "id", "xidx", "buzzer"}) CHECK_FALSE(patterns.matches(text));
  const GlobSet plain = {"gclid", "utm_*", "\xc3\xa4*"};
  for (const char* text : {"gclid", "utm_", "\xc3\xa4h"}) CHECK(plain.matches(text));
  for (const char* text : {"", "g", "x", "\xc3", "uid"}) CHECK_FALSE(plain.matches(text));
  CHECK_FALSE(GlobSet().matches("x"));
  CHECK_FALSE(GlobSet().matches(""));
}

TEST_CASE("A set matches what one of its patterns matches") {
  std::vector<std::string> texts{""};  // all of up to three characters
  for (std::size_t i = 0; texts[i].size() < 3; ++i)
    for (const char c : {'a', 'b', '*', '?'}) texts.push_back(texts[i] + c);
  for (const std::string& pattern : texts) {
    const GlobSet one(std::vector<std::string>{pattern});
    const GlobSet two(std::vector<std::string>{"ab", pattern});
    for (const std::string& text : texts) {
      INFO(pattern << " on " << text);
      REQUIRE(one.matches(text) == glob_match(pattern, text));
      REQUIRE(two.matches(text) == (text == "ab" || glob_match(pattern, text)));
    }
  }
}

TEST_CASE("A list has a name that matches when one of its names does") {
  const GlobSet names = {"preview", "utm_*", "a", "?x"};
  for (const char* list : {"preview", "preview=1", "a", "a=", "b=1&a", "b&utm_source=x&c", "bx=1", "&&a&", "a=b=c"})
    CHECK(names.matches_any_name(list, '&'));
  for (const char* list :
       {"", "&", "=", "=a", "b", "aa", "ab=1&b=a", "xpreview=1", "x=preview", "utm=1", "b=&=preview"})
    CHECK_FALSE(names.matches_any_name(list, '&'));
  CHECK(names.matches_any_name("b=1; preview=1", ';'));
  CHECK_FALSE(names.matches_any_name("b=1; c=1", ';'));
  CHECK_FALSE(GlobSet{"*"}.matches_any_name("=1&", '&'));
}

#include "server/url_key.h"

#include "tests/support/catch.h"

using namespace larder;
using namespace larder::server;

namespace {

std::string key(std::string_view url) {
  const auto made = key_of_url(url, cache::IgnoredParams({"utm_*"}));
  return made ? *made : "error: " + made.error().message;
}

}  // namespace

TEST_CASE("a URL has the key that a request for it has") {
  CHECK(key("http://example.org/") == "http://example.org/");
  CHECK(key("http://example.org") == "http://example.org/");
  CHECK(key("http://EXAMPLE.org:80/a/../b%7E?x=1&utm_source=mail") == "http://example.org/b~?x=1");
  CHECK(key("https://example.org:443/?") == "https://example.org/?");
  CHECK(key("https://example.org:80/") == "https://example.org:80/");
  CHECK(key("HTTP://[::1]:8080/x") == "http://[::1]:8080/x");
}

TEST_CASE("what is no URL is told why") {
  CHECK(key("") != "");
  for (const char* url : {"", "/page", "example.org/page", "ftp://example.org/", "http:///page", "http://a b/",
                          "http://example.org/#top", "http://ex\x01mple.org/", "*"}) {
    INFO(url);
    CHECK(key(url).find("is no URL: ") != std::string::npos);
  }
}

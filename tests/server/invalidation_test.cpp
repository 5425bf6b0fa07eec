#include "server/invalidation.h"

#include "tests/support/catch.h"

namespace larder::server {
namespace {

using Keys = std::vector<std::string>;
const cache::IgnoredParams kIgnored({"utm_*"});
const ChangedUri kUri{"https://a.org/blog/post?x", "https://a.org", "/blog/post", &kIgnored};

Keys after(const std::string& location) { return invalidated_keys(kUri, {{"Location", location}}); }

TEST_CASE("an unsafe method changes its own page (RFC 9111 4.4)") {
  CHECK(invalidated_keys(kUri, {}) == Keys{"https://a.org/blog/post?x"});
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "BREW"}) CHECK(is_unsafe(method));
  for (const char* method : {"GET", "HEAD", "OPTIONS", "TRACE"}) CHECK_FALSE(is_unsafe(method));
}

TEST_CASE("and the pages that Location and Content-Location name (RFC 9111 4.4)") {
  CHECK(after("/blog/").back() == "https://a.org/blog/");
  CHECK(after("https://A.ORG:443/blog/%61?utm_x=1#c2").back() == "https://a.org/blog/a");
  CHECK(after("other").back() == "https://a.org/blog/other");
  CHECK(after("../up").back() == "https://a.org/up");
  CHECK(after("?y").back() == "https://a.org/blog/post?y");
  CHECK(after("//a.org/z").back() == "https://a.org/z");
  CHECK(after("/to?url=http://b.org/").back() == "https://a.org/to?url=http://b.org/");
  CHECK(invalidated_keys(kUri, {{"Content-Location", "/c"}, {"Location", "/l"}}).size() == 3);
}

TEST_CASE("but never one of another site (RFC 9111 4.4)") {
  for (const char* location : {"https://b.org/", "http://a.org/", "https://a.org:8443/", "https://a.org.b.org/",
                               "//b.org/x", "", "#top", "mailto:x", "http://"}) {
    INFO(location);
    for (const std::string& key : after(location)) CHECK(key.starts_with("https://a.org/"));
  }
}

}  // namespace
}  // namespace larder::server

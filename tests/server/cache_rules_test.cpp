#include "server/cache_rules.h"

#include "server/service.h"
#include "tests/support/catch.h"

namespace larder::server {
namespace {

const CacheRules kRules = {.bypass_cookies = {"wordpress_logged_in_*", "PHPSESSID"},
                           .bypass_paths = path_globs({"/wp-admin/", "/wp-login.php", "/*/wp-admin/"}),
                           .bypass_params = {"preview", "_wpnonce"}};

std::string_view reason(std::string_view method, std::string_view target, std::vector<FieldView> fields = {},
                        Framing framing = {}, bool known_host = true) {
  const RequestHead head{.method = method, .target = target, .version = "HTTP/1.1", .fields = FieldList(fields)};
  const ParsedTarget parsed = parse_target(target, method);
  REQUIRE_FALSE(parsed.refusal);
  return bypass_reason(kRules, head, parsed.target, framing, known_host);
}

TEST_CASE("a plain GET or HEAD uses the cache") {
  CHECK(reason("GET", "/").empty());
  CHECK(reason("HEAD", "/2016/02/hello/?page=2").empty());
  CHECK(reason("GET", "/", {{"Cookie", "wordpress_test_cookie=1; _ga=GA1.2"}}).empty());
}

TEST_CASE("other methods and requests with a body do not") {
  CHECK(reason("POST", "/") == "method");
  CHECK(reason("DELETE", "/") == "method");
  CHECK(reason("GET", "/", {}, {.chunked = true}) == "body");
  CHECK(reason("GET", "/", {}, {.length = 3}) == "body");
  CHECK(reason("GET", "/", {}, {.length = 0}).empty());
}

TEST_CASE("cookies of people who are known do not, wherever they stand") {
  CHECK(reason("GET", "/", {{"Cookie", "wordpress_logged_in_abc=me"}}) == "cookie");
  CHECK(reason("GET", "/", {{"cookie", "a=b; c=d;PHPSESSID=1"}}) == "cookie");
  CHECK(reason("GET", "/", {{"Cookie", "a=b"}, {"Cookie", "PHPSESSID=1"}}) == "cookie");
  CHECK(reason("GET", "/", {{"Cookie", "a=PHPSESSID; xPHPSESSID=1"}}).empty());
}

TEST_CASE("paths of the ini do not, in every spelling") {
  CHECK(reason("GET", "/wp-admin/") == "path");
  CHECK(reason("GET", "/wp-admin/css/x.css") == "path");
  CHECK(reason("GET", "/wp%2Dadmin/") == "path");
  CHECK(reason("GET", "//wp-admin/") == "path");
  CHECK(reason("GET", "/x/../wp-admin/") == "path");
  CHECK(reason("GET", "/blog/wp-admin/") == "path");
  CHECK(reason("GET", "/wp-login.php") == "path");
  CHECK(reason("GET", "/about-wp-admin/").empty());
}

TEST_CASE("credentials, nonces, previews and unknown hosts do not") {
  CHECK(reason("GET", "/", {{"Authorization", "Basic eA=="}}) == "authorization");
  CHECK(reason("GET", "/wp-json/", {{"X-WP-Nonce", "1"}}) == "nonce");
  CHECK(reason("GET", "/?p=1&preview=true") == "query");
  CHECK(reason("GET", "/?previews=1").empty());
  CHECK(reason("GET", "/", {}, {}, false) == "unknown-host");
}

TEST_CASE("the site is chosen by host, the first one answering for unknown hosts") {
  std::vector<Site> sites;
  for (std::vector<std::string> hosts : {std::vector<std::string>{"a.example", "*.a.example"}, {"b.example"}}) {
    auto root = SiteRoot::open("/");
    REQUIRE(root.ok());
    sites.push_back({std::move(hosts), std::move(*root), {}});
  }
  const auto chosen = [&](std::string_view host) {
    const ChosenSite site = choose_site(sites, host);
    return std::pair(site.site - sites.data(), site.known);
  };
  CHECK(chosen("a.example") == std::pair(std::ptrdiff_t{0}, true));
  CHECK(chosen("www.a.example:8080") == std::pair(std::ptrdiff_t{0}, true));
  CHECK(chosen("b.example:80") == std::pair(std::ptrdiff_t{1}, true));
  CHECK(chosen("c.example") == std::pair(std::ptrdiff_t{0}, false));
  CHECK(chosen("[2001:db8::1]:80") == std::pair(std::ptrdiff_t{0}, false));
  sites[1].hosts.clear();
  CHECK(chosen("c.example") == std::pair(std::ptrdiff_t{1}, true));
}

}  // namespace
}  // namespace larder::server

// The page cache as clients see it, with a real php-fpm behind it.
#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"

using namespace larder::testing;

namespace {

struct CachedSite {
  explicit CachedSite(std::vector<std::string> settings = {}) : daemon(with_site(std::move(settings))) {}
  std::vector<std::string> with_site(std::vector<std::string> settings) const {
    settings.insert(settings.begin(), {site.setting(), "php.workers=2", "server.served_by=a test board"});
    return settings;
  }
  TestSite site;
  LarderDaemon daemon;
  HttpClient client = daemon.client();
};

bool is_hit(const Response& response) { return response.header("Cache-Status").starts_with("larder; hit"); }

// The path of a page that answers with these fields.
std::string reply_with(const std::vector<std::string>& fields, const std::string& more = "") {
  std::vector<std::pair<std::string, std::string>> query;
  for (const std::string& field : fields) query.emplace_back("header[]", field);
  return "/reply?" + HttpClient::encode(query) + more;
}

}  // namespace

TEST_CASE("A page is rendered once and then comes from the cache") {
  CachedSite server;
  const Response miss = server.client.get("/article/1").send();
  miss.expect(200).expect_cache("fwd=miss").expect_header("Cache-Status", "stored");
  miss.expect_header("X-Served-By", "a test board").expect_header("Server", "larder").expect_header("Date", " GMT");

  const Response hit = server.client.get("/article/1").send();
  hit.expect(200).expect_cache("hit").expect_header("Cache-Status", "ttl=");
  hit.expect_header("X-Served-By", "a test board").expect_header("Date", " GMT").expect_header("Age", "");
  CHECK(hit.body == miss.body);
  CHECK(hit.header("X-Page") == "article");
  CHECK(hit.header("Content-Type") == miss.header("Content-Type"));
  CHECK(server.site.count("renders") == 1);
  server.daemon.expect_counter("miss", 1);
  server.daemon.expect_counter("stored", 1);
  server.daemon.expect_counter("hit_memory", 1);
  server.daemon.expect_counter("renders", 1);
}

TEST_CASE("A HEAD fills the cache and is answered from it") {
  CachedSite server;
  server.client.head("/article/1").send().expect(200).expect_cache("fwd=miss");
  const Response page = server.client.get("/article/1").send();
  page.expect(200).expect_cache("hit").expect_body("render 1");
  const Response head = server.client.head("/article/1").send();
  head.expect(200).expect_cache("hit").expect_header("Content-Length", std::to_string(page.body.size()));
  CHECK(head.body.empty());
}

TEST_CASE("Who is logged in gets a page of his own") {
  CachedSite server;
  server.client.get("/article/1").send().expect(200).expect_cache("fwd=miss").expect_body("render 1");
  for (const char* cookie : {"wordpress_logged_in_0a1b=admin", "a=b; wp-postpass_1=x", "PHPSESSID=1; a=b",
                             "comment_author_77=Ada", "woocommerce_items_in_cart=1"}) {
    INFO(cookie);
    const std::string field = std::string("Cookie: ") + cookie;
    server.client.get("/article/1")
        .header(field)
        .send()
        .expect(200)
        .expect_cache("fwd=bypass")
        .expect_header("Cache-Status", "cookie");
  }
  CHECK(server.site.count("renders") == 6);
  server.client.get("/article/1").send().expect_cache("hit").expect_body("render 1");
  server.daemon.expect_counter("bypass", 5);
}

TEST_CASE("Other cookies do not split the cache") {
  CachedSite server;
  server.client.get("/article/1").header("Cookie: _ga=1; wordpress_test_cookie=1").send().expect_cache("fwd=miss");
  server.client.get("/article/1").header("Cookie: _ga=2; theme=dark").send().expect_cache("hit");
}

TEST_CASE("Paths and methods that must reach PHP do, every time") {
  CachedSite server;
  for (const char* path : {"/wp-admin/", "/wp-admin/edit.php", "/checkout/pay", "/cart/"}) {
    INFO(path);
    for (int round = 0; round < 2; ++round) server.client.get(path).send().expect(200).expect_cache("fwd=bypass");
  }
  CHECK(server.site.count("renders") == 8);
  server.client.get("/article/1").send();
  for (const char* method : {"POST", "PUT", "DELETE"}) {
    INFO(method);
    const Response response = server.client.request(method, "/article/1").body("a=b").send();
    CHECK_FALSE(is_hit(response.expect(200)));
  }
  CHECK(server.site.count("renders") == 12);
}

TEST_CASE("What the page says about its freshness is obeyed") {
  struct Case {
    std::vector<std::string> fields;
    bool stored;
  };
  const Case cases[] = {
      {{"Cache-Control: public, max-age=60"}, true},
      {{"CACHE-CONTROL: Public , MAX-AGE=60"}, true},
      {{"Cache-Control: max-age=0, s-maxage=60"}, true},
      {{"Expires: Fri, 01 Jan 2100 00:00:00 GMT"}, true},
      {{"Cache-Control: public"}, true},  // default_ttl
      {{"Cache-Control: no-store"}, false},
      {{"Cache-Control: private, max-age=60"}, false},
      {{"Cache-Control: no-cache"}, false},
      {{"Cache-Control: max-age=60", "Cache-Control: no-store"}, false},
      {{"Cache-Control: max-age=0"}, false},
      {{"Cache-Control: s-maxage=0, max-age=60"}, false},
      {{"Expires: Wed, 11 Jan 1984 05:00:00 GMT", "Cache-Control: no-cache, must-revalidate, max-age=0"}, false},
      {{"Expires: 0"}, false},
      {{"Vary: *"}, false},
      {{"Cache-Control: max-age=60", "Set-Cookie: session=1"}, false},
      {{"Set-Cookie: session=1"}, false},
  };
  CachedSite server;
  for (const Case& c : cases) {
    const std::string path = reply_with(c.fields);
    INFO(path);
    CHECK_FALSE(is_hit(server.client.get(path).send().expect(200)));
    CHECK(is_hit(server.client.get(path).send().expect(200)) == c.stored);
  }
}

TEST_CASE("Errors are not kept, pages that are not there only for a moment") {
  CachedSite server;
  for (const char* status : {"500", "502", "503", "403"}) {
    INFO(status);
    const std::string path = std::string("/reply?status=") + status;
    server.client.get(path).send().expect(std::stoi(status));
    CHECK_FALSE(is_hit(server.client.get(path).send()));
  }
  server.client.get("/reply?status=404").send().expect(404);
  server.client.get("/reply?status=404").send().expect(404).expect_cache("hit");
}

TEST_CASE("A site that declares everything itself has nothing else stored") {
  CachedSite server({"cache.default_ttl=off"});
  for (int round = 0; round < 2; ++round) CHECK_FALSE(is_hit(server.client.get("/article/1").send().expect(200)));
  const std::string declared = reply_with({"Cache-Control: max-age=60"});
  server.client.get(declared).send().expect(200);
  server.client.get(declared).send().expect_cache("hit");
}

TEST_CASE("Parameters of advertisers make no page of their own") {
  CachedSite server;
  server.client.get("/article/1?page=2&utm_source=mail&gclid=1").send().expect_cache("fwd=miss");
  server.client.get("/article/1?utm_campaign=x&page=2").send().expect_cache("hit");
  server.client.get("/article/1?page=2").send().expect_cache("hit");
  server.client.get("/article/1?page=3").send().expect_cache("fwd=miss");
  server.client.get("/article/1").send().expect_cache("fwd=miss");
}

TEST_CASE("However a path is written it is the same page") {
  CachedSite server;
  server.client.get("/article/a%20b").send().expect_cache("fwd=miss");
  for (const char* path : {"/%61rticle/a%20b", "/x/../article/a%20b", "//article/./a%20b"}) {
    INFO(path);
    server.client.get(path).send().expect(200).expect_cache("hit");
  }
  server.client.get("/article/a%2Fb").send().expect_cache("fwd=miss");
}

TEST_CASE("A host that no site knows is answered but leaves nothing in the cache") {
  CachedSite server;
  for (int round = 0; round < 2; ++round)
    CHECK_FALSE(is_hit(server.client.get("/article/1").host("evil.test").send().expect(200)));
  server.client.get("/article/1").send().expect_cache("fwd=miss");
  server.client.get("/article/1").host("LARDER.TEST").send().expect_cache("hit");
}

TEST_CASE("A client that holds the page gets 304 from the cache") {
  CachedSite server;
  const std::string path = reply_with({"ETag: \"v1\"", "Cache-Control: max-age=60"});
  server.client.get(path).header("If-None-Match: \"v1\"").send();  // filling it needs the whole page
  server.client.get(path).send().expect(200).expect_cache("hit").expect_body("a reply");
  const Response same = server.client.get(path).header("If-None-Match: \"v0\", \"v1\"").send();
  same.expect(304).expect_cache("hit").expect_header("ETag", "\"v1\"");
  CHECK(same.body.empty());
  server.client.get(path).header("If-None-Match: \"v2\"").send().expect(200);
}

TEST_CASE("A part of a cached page can be asked for") {
  CachedSite server;
  server.client.get("/reply?body=abcdefgh").send().expect(200);
  const Response part = server.client.get("/reply?body=abcdefgh").header("Range: bytes=2-3").send();
  const bool allowed = (part.status == 206 && part.body == "cd") || (part.status == 200 && part.body == "abcdefgh");
  CHECK(allowed);
}

TEST_CASE("The age of a page counts what it had when it came") {
  CachedSite server;
  const std::string path = reply_with({"Cache-Control: max-age=1000", "Age: 100"});
  server.client.get(path).send().expect(200);
  const Response hit = server.client.get(path).send().expect_cache("hit");
  CHECK(std::stoi(hit.header("Age")) >= 100);
  CHECK(std::stoi(hit.header("Age")) < 1000);
  CHECK(hit.headers("Age").size() == 1);
  CHECK(hit.headers("Date").size() == 1);
}

TEST_CASE("A page too old on arrival is not fresh") {
  CachedSite server;
  const std::string path = reply_with({"Cache-Control: max-age=100", "Age: 100"});
  server.client.get(path).send().expect(200);
  CHECK_FALSE(is_hit(server.client.get(path).send().expect(200)));
}

TEST_CASE("Pages survive a restart") {
  CachedSite server;
  const std::string body = server.client.get("/article/1").send().expect(200).body;
  server.daemon.restart();
  HttpClient client = server.daemon.client();
  server.daemon.expect_counter("ring_pages_recovered", 1);
  CHECK(client.get("/article/1").send().expect(200).expect_cache("hit").body == body);
  client.get("/article/1").send().expect_cache("hit");
  server.daemon.expect_counter("hit_flash", 1);
  server.daemon.expect_counter("hit_memory", 1);
  server.daemon.expect_counter("renders", 0);
}

// A page is on the drive within about a second. When something is written after the last page was handed to the ring's
// writer, all of them are.
void wait_until_on_drive(CachedSite& server, std::uint64_t pages) {
  server.daemon.expect_counter("ring_pages_written", pages);
  const std::uint64_t before = server.daemon.counter("ring_written_bytes");
  server.client.get("/article/one-more").send().expect(200);
  REQUIRE(eventually([&] { return server.daemon.counter("ring_written_bytes") > before; }));
}

TEST_CASE("Pages survive kill -9") {
  CachedSite server;
  std::vector<std::string> bodies;
  for (int i = 0; i < 20; ++i) bodies.push_back(server.client.get("/article/" + std::to_string(i)).send().body);
  wait_until_on_drive(server, bodies.size());
  server.daemon.kill9();
  server.daemon.start();
  REQUIRE(eventually([&] { return server.daemon.counter("ring_pages_recovered") >= bodies.size(); }));
  HttpClient client = server.daemon.client();
  for (std::size_t i = 0; i < bodies.size(); ++i)
    CHECK(client.get("/article/" + std::to_string(i)).send().expect(200).expect_cache("hit").body == bodies[i]);
  CHECK(server.site.count("renders") == bodies.size() + 1);
}

TEST_CASE("A cache in memory only works, and forgets") {
  CachedSite server({"cache.path="});
  server.client.get("/article/1").send().expect_cache("fwd=miss");
  server.client.get("/article/1").send().expect_cache("hit");
  server.daemon.restart();
  server.daemon.client().get("/article/1").send().expect_cache("fwd=miss");
}

TEST_CASE("Fields of the administrator are on every answer") {
  CachedSite server({"server.headers=X-Clacks-Overhead: GNU Terry Pratchett"});
  for (const char* path : {"/article/1", "/article/1", "/style.css", "/.hidden"}) {
    INFO(path);
    server.client.get(path).send().expect_header("X-Clacks-Overhead", "GNU Terry Pratchett");
  }
}

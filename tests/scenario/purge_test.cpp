// Pages that have been purged are not sent again, wherever they lay and whatever happens to the daemon.
#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"

using namespace larder::testing;

namespace {

struct Server {
  explicit Server(std::vector<std::string> settings = {}) : daemon(with_site(std::move(settings))) {}
  std::vector<std::string> with_site(std::vector<std::string> settings) const {
    settings.insert(settings.begin(), {site.setting(), "php.workers=2"});
    return settings;
  }
  Response purge(const std::string& json) {
    return client.request("POST", "/larder/purge").body(json, "application/json").send();
  }
  bool hits(const std::string& path) {
    return client.get(path).send().header("Cache-Status").starts_with("larder; hit");
  }
  TestSite site;
  LarderDaemon daemon;
  HttpClient client = daemon.client();
};

std::string tagged(const std::string& name, const std::string& tags) {
  return "/reply?body=" + name + "&" + HttpClient::encode({{"header[]", "Cache-Tag: " + tags}});
}

}  // namespace

TEST_CASE("PURGE takes one page, with all its variants, and no other") {
  Server server;
  for (const char* path : {"/article/1", "/article/2"}) server.client.get(path).send().expect(200);
  server.client.get("/language/").header("Accept-Language: de").send().expect_body("de, render 3");
  server.client.request("PURGE", "/article/1?utm_source=x").send().expect(200);
  server.client.request("PURGE", "/language/").send().expect(200);
  CHECK_FALSE(server.hits("/article/1"));
  CHECK(server.hits("/article/2"));
  server.client.get("/language/").header("Accept-Language: de").send().expect_body("de, render 5");
}

TEST_CASE("Many pages are purged in one request, by URL, prefix and tag; tags do not reach clients") {
  Server server;
  const std::string home = tagged("home", "home, post-1"), other = tagged("other", "post-2");
  for (const std::string& path :
       {home, other, std::string("/article/1"), std::string("/blog/1"), std::string("/blog/2")})
    CHECK(server.client.get(path).send().expect(200).header("Cache-Tag").empty());
  server
      .purge(R"({"urls": ["http://larder.test/article/1"], "prefixes": ["http://larder.test/blog/"], "tags": ["post-1"],
                 "hard": true})")
      .expect(200);
  CHECK_FALSE(server.hits(home));
  CHECK(server.hits(other));
  for (const char* path : {"/article/1", "/blog/1", "/blog/2"}) CHECK_FALSE(server.hits(path));
}

TEST_CASE("After a soft purge the old page is sent while one render makes the new one") {
  Server server;
  server.client.get("/article/1").send().expect_body("render 1");
  server.purge(R"({"tags": [], "all": true})").expect(200);
  server.client.get("/article/1").send().expect_body("render 1").expect_header("Cache-Status", "detail=stale");
  REQUIRE(
      eventually([&] { return server.client.get("/article/1").send().body.find("render 2") != std::string::npos; }));
  CHECK(server.hits("/article/1"));
  CHECK(server.site.count("renders") == 2);
}

TEST_CASE("A page that was being rendered when it was purged is not kept") {
  Server server;
  Batch waiting({server.client.get("/gate/slow")});
  server.site.worker_at_gate("slow");
  server.client.request("PURGE", "/gate/slow").send().expect(200);
  server.site.open_gate("slow");
  waiting.responses().front().expect(200).expect_header("Cache-Status", "detail=purged");
  CHECK_FALSE(server.hits("/gate/slow"));
  CHECK(server.hits("/gate/slow"));
}

TEST_CASE("Who asks after a purge gets a page rendered after it, also when an older render is under way") {
  Server server;
  Batch before({server.client.get("/gate/slow")});
  server.site.worker_at_gate("slow");
  server.client.request("PURGE", "/gate/slow").send().expect(200);
  Batch after({server.client.get("/gate/slow")});
  server.daemon.expect_gauge("flight_waiters", 2);
  server.site.open_gate("slow");
  before.responses().front().expect(200).expect_header("Cache-Status", "detail=purged");
  const Response response = after.responses().front().expect(200);
  CHECK(response.header("Cache-Status") == "larder; fwd=miss; stored");
  CHECK(server.site.count("passes") == 2);
}

TEST_CASE("What was purged stays purged after kill -9, also where only the drive had it") {
  Server server;
  for (int i = 0; i < 5; ++i) server.client.get("/article/" + std::to_string(i)).send().expect(200);
  server.daemon.restart();
  server.daemon.expect_counter("ring_pages_recovered", 5);
  HttpClient client = server.daemon.client();
  client.request("POST", "/larder/purge")
      .body(R"({"prefixes": ["http://larder.test/article/1"], "hard": true})", "application/json")
      .send()
      .expect(200);
  client.request("PURGE", "/article/2").send().expect(200);
  server.daemon.kill9();
  server.daemon.start();
  REQUIRE(eventually([&] { return server.daemon.counter("ring_pages_recovered") == 5; }));
  HttpClient after = server.daemon.client();
  for (const char* path : {"/article/1", "/article/2"}) after.get(path).send().expect(200).expect_cache("fwd=miss");
  after.get("/article/3").send().expect(200).expect_cache("hit");
}

TEST_CASE("Only who may purge does") {
  Server server({"purge.allow=192.0.2.1", "purge.token=0123456789abcdef0123"});
  server.client.get("/article/1").send().expect(200);
  for (const char* field : {"X-Nothing: 1", "Authorization: Bearer 0123456789abcdef0124", "Authorization: Bearer ",
                            "Authorization: 0123456789abcdef0123", "X-Forwarded-For: 192.0.2.1"}) {
    INFO(field);
    server.client.request("PURGE", "/article/1").header(field).send().expect(403);
    server.client.request("POST", "/larder/purge").header(field).body("{\"all\": true}").send().expect(403);
  }
  CHECK(server.hits("/article/1"));
  server.client.request("PURGE", "/article/1").header("Authorization: Bearer 0123456789abcdef0123").send().expect(200);
  CHECK_FALSE(server.hits("/article/1"));
}

TEST_CASE("A purge that cannot be understood is refused, and purges nothing") {
  Server server;
  server.client.get("/article/1").send().expect(200);
  server.purge(R"({"urls": ["http://larder.test/article/1"], "hard": "yes"})").expect(400).expect_body("hard");
  server.purge("").expect(400);
  server.client.get("/larder/purge").send().expect(405).expect_header("Allow", "POST");
  CHECK(server.hits("/article/1"));
}

TEST_CASE("A POST forgets the page it changes, and the one it leads to (RFC 9111 4.4)") {
  Server server;
  const std::string target =
      "/reply?status=303&" + HttpClient::encode({{"header[]", "Location: /article/1#comment-2"}});
  server.client.get("/article/1").send().expect(200);
  server.client.get("/article/2").send().expect(200);
  server.client.request("POST", target).body("a=b").send().expect(303);
  CHECK_FALSE(server.hits("/article/1"));
  CHECK(server.hits("/article/2"));
  server.client.request("DELETE", "/article/2").send().expect(200);
  CHECK_FALSE(server.hits("/article/2"));
}

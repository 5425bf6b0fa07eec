// What happens to pages that are not fresh, and to requests that say what they want of a cache (RFC 9111, RFC 5861).
// "Age: 100" with "max-age=100" makes a page that is stale as soon as it is stored, so nothing here waits for time.
#include <memory>

#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/test_php.h"

using namespace larder::testing;

namespace {

struct Server {
  explicit Server(std::vector<std::string> settings = {}) : daemon(with_site(std::move(settings))) {}
  std::vector<std::string> with_site(std::vector<std::string> settings) const {
    settings.insert(settings.begin(), {site.setting(), "php.workers=2"});
    return settings;
  }
  TestSite site;
  LarderDaemon daemon;
  HttpClient client = daemon.client();
};

std::string reply_with(const std::vector<std::string>& fields) {
  std::vector<std::pair<std::string, std::string>> query;
  for (const std::string& field : fields) query.emplace_back("header[]", field);
  return "/reply?" + HttpClient::encode(query);
}

}  // namespace

TEST_CASE("A thousand clients of a page that has just ended cause one render, and none of them waits (RFC 5861 3)") {
  Server server;
  server.client.get("/aging/front").send().expect(200).expect_body("aged 1");
  for (int round = 0; round < 4; ++round) {
    Batch crowd(std::vector<Request>(250, server.client.get("/aging/front")));
    for (const Response& response : crowd.responses()) {
      REQUIRE(response.expect(200).body == "aged 1");
      REQUIRE(response.header("Cache-Status").find("; detail=stale") != std::string::npos);
    }
  }
  server.site.worker_at_gate("front");  // the refresh has not even ended
  CHECK(server.site.count("aging-front") == 2);
  server.daemon.expect_counter("refreshes", 1);
  server.daemon.expect_counter("stale", 1000);

  server.site.open_gate("front");
  REQUIRE(eventually([&] { return server.client.get("/aging/front").send().body == "aged 2"; }));
  server.client.get("/aging/front").send().expect_cache("hit").expect_header("Cache-Status", "ttl=");
  CHECK(server.site.count("aging-front") == 2);
}

TEST_CASE("A page that must be revalidated is never sent stale (RFC 9111 5.2.2.2)") {
  Server server;
  server.site.open_gate("strict");
  const std::string path =
      "/aging/strict?control=Cache-Control:+max-age%3D100,must-revalidate,stale-while-revalidate%3D99";
  server.client.get(path).send().expect_body("aged 1");
  server.client.get(path)
      .send()
      .expect_body("aged 2")
      .expect_cache("fwd=stale")
      .expect_header("Cache-Status", "stored");
  server.client.get(path).send().expect_body("aged 2").expect_cache("hit");
}

TEST_CASE("While PHP fails the old page is sent, and the new one as soon as it is well again (RFC 5861 4)") {
  Server server;
  const std::string path = "/flaky/page";
  server.client.get(path).send().expect(200);
  for (int i = 0; i < 5; ++i) {
    const Response response = server.client.get(path).send().expect(200).expect_body("was well");
    const std::string status = response.header("Cache-Status");
    CHECK((status.find("detail=stale-if-error") != std::string::npos ||
           status.find("detail=stale") != std::string::npos));
  }
  server.daemon.expect_counter("stale_if_error", 5);
  server.site.open_gate("page");
  REQUIRE(eventually([&] { return server.client.get(path).send().body == "well again"; }));
  server.client.get(path).send().expect_cache("hit").expect_body("well again");
}

TEST_CASE("With PHP gone stored pages are sent, and others are 503 with Retry-After") {
  auto pool = std::make_unique<ExternalPool>(ExternalPoolOptions{.workers = "2", .max_body = "64M", .timeout = "60s"});
  Server server({"php.address=" + pool->address()});
  const std::string stale = "/aging/gone?control=Cache-Control:+max-age%3D100,stale-if-error%3D1000";
  server.client.get("/article/fresh").send().expect(200);
  server.client.get(stale).send().expect(200).expect_body("aged 1");
  pool.reset();
  server.client.get("/article/fresh").send().expect(200).expect_cache("hit");
  for (int i = 0; i < 3; ++i) server.client.get(stale).send().expect(200).expect_body("aged 1");
  server.daemon.expect_counter("stale_if_error", 3);
  server.client.get("/article/other").send().expect(503).expect_header("Retry-After", "");
}

TEST_CASE("A page that must be asked about is asked about, and PHP need not render it again (RFC 9111 4.3)") {
  Server server;
  server.client.get("/checked/1").send().expect(200).expect_body("render 1");
  for (int round = 2; round < 5; ++round) {
    const Response response = server.client.get("/checked/1").send().expect(200).expect_body("render 1");
    response.expect_cache("fwd=stale").expect_header("Cache-Status", "fwd-status=304");
    response.expect_header("X-Check", std::to_string(round));  // the head is PHP's new one (section 3.2)
    response.expect_header("Content-Type", "text/html");       // and what a 304 does not say stays
  }
  server.daemon.expect_counter("validated", 3);
  CHECK(server.site.count("renders") == 1);
  server.client.get("/checked/1").header("If-None-Match: \"v1\"").send().expect(304);
}

TEST_CASE("A client may ask for what is fresh, younger, or made anew (RFC 9111 5.2.1)") {
  Server server;
  server.client.get("/article/1").send().expect_body("render 1");
  server.client.get("/article/1").header("Cache-Control: max-age=60").send().expect_cache("hit");
  server.client.get("/article/1").header("Cache-Control: max-stale").send().expect_cache("hit");
  server.client.get("/article/1").header("Cache-Control: only-if-cached").send().expect_cache("hit");
  server.client.get("/article/1").header("Cache-Control: no-store").send().expect_cache("hit");
  int render = 1;
  for (const char* field : {"Cache-Control: no-cache", "Pragma: no-cache", "Cache-Control: min-fresh=10000"}) {
    INFO(field);
    server.client.get("/article/1")
        .header(field)
        .send()
        .expect_cache("fwd=request")
        .expect_body("render " + std::to_string(++render));
    server.client.get("/article/1").send().expect_cache("hit").expect_body("render " + std::to_string(render));
  }
}

TEST_CASE("What is only wanted from the store is not fetched (RFC 9111 5.2.1.7)") {
  Server server;
  server.client.get("/article/1").header("Cache-Control: only-if-cached").send().expect(504);
  CHECK(server.site.count("renders") == 0);
  server.client.get("/article/1").send().expect(200);
  server.daemon.restart();
  server.daemon.expect_counter("ring_pages_recovered", 1);
  HttpClient client = server.daemon.client();
  client.get("/article/1").header("Cache-Control: only-if-cached").send().expect(200).expect_cache("hit");
}

TEST_CASE("A request that wants nothing stored leaves nothing (RFC 9111 5.2.1.5)") {
  Server server;
  server.client.get("/article/1").header("Cache-Control: no-store").send().expect(200);
  server.client.get("/article/1").send().expect_cache("fwd=miss").expect_body("render 2");
}

TEST_CASE("What clients say of caches can be switched off") {
  Server server({"cache.client_directives=off"});
  server.client.get("/article/1").send().expect(200);
  server.client.get("/article/1").header("Cache-Control: no-cache").send().expect_cache("hit");
}

TEST_CASE("A page that varies is kept once for each of its variants (RFC 9111 4.1)") {
  Server server;
  const auto ask = [&](const std::string& language) {
    return server.client.get("/language/").header("Accept-Language: " + language).send().expect(200);
  };
  ask("de").expect_body("de, render 1");
  ask("en").expect_cache("fwd=vary-miss").expect_body("en, render 2");
  ask("de").expect_cache("hit").expect_body("de, render 1");
  ask("EN").expect_cache("hit").expect_body("en, render 2");
  server.client.get("/language/").send().expect_body("none, render 3");
  CHECK(server.site.count("renders") == 3);

  server.daemon.restart();
  server.daemon.expect_counter("ring_pages_recovered", 4);  // three variants, and the list of them
  HttpClient client = server.daemon.client();
  client.get("/language/").header("Accept-Language: en").send().expect_cache("hit").expect_body("en, render 2");
}

TEST_CASE("Fields that may not be kept go to the client that caused the render only (RFC 9111 5.2.2.4)") {
  Server server;
  const std::string path =
      reply_with({"Cache-Control: max-age=60, no-cache=\"Set-Cookie\"", "Set-Cookie: a=b", "X-A: 1"});
  server.client.get(path).send().expect(200).expect_header("Set-Cookie", "a=b");
  const Response hit = server.client.get(path).send().expect_cache("hit").expect_header("X-A", "1");
  CHECK(hit.header("Set-Cookie").empty());
}

TEST_CASE("What PHP says to caches like this one counts, and goes no further (RFC 9213)") {
  Server server;
  const std::string path = reply_with({"Cache-Control: no-store", "CDN-Cache-Control: max-age=60"});
  for (const char* status : {"fwd=miss", "hit"}) {
    const Response response = server.client.get(path).send().expect(200).expect_cache(status);
    response.expect_header("Cache-Control", "no-store");
    CHECK(response.header("CDN-Cache-Control").empty());
  }
  const std::string forbidden = reply_with({"Cache-Control: max-age=60", "Surrogate-Control: no-store"});
  for (int round = 0; round < 2; ++round) {
    const Response response = server.client.get(forbidden).send().expect_cache("fwd=miss");
    CHECK(response.header("Surrogate-Control").empty());
  }
}

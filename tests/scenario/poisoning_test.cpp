// Attacks on what others get: each test is one that works somewhere, and fails here.
#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/fake_worker.h"

using namespace larder::testing;

namespace {

struct Server {
  explicit Server(std::vector<std::string> settings = {}) : daemon(with_site(std::move(settings))) {}
  std::vector<std::string> with_site(std::vector<std::string> settings) const {
    settings.insert(settings.begin(), {site.setting(), "php.workers=2"});
    return settings;
  }
  bool hits(const std::string& path) {
    return client.get(path).send().header("Cache-Status").starts_with("larder; hit");
  }
  TestSite site;
  LarderDaemon daemon;
  HttpClient client = daemon.client();
};

}  // namespace

TEST_CASE("A private page is not stored because its path looks like that of a file (cache deception)") {
  Server server;
  const std::string query = "?" + HttpClient::encode({{"header[]", "Cache-Control: private"}});
  for (const char* path : {"/reply/x.css", "/reply/x.js", "/reply/a%2Fx.css", "/reply/;x.css", "/reply/.x.png",
                           "/reply/%3Fx.css", "/reply/x.css/"}) {
    INFO(path);
    CHECK_FALSE(server.hits(path + query));
    CHECK_FALSE(server.hits(path + query));
  }
}

TEST_CASE("Who is logged in leaves nothing of his page to who asks for the same path afterwards (cache deception)") {
  Server server;
  for (const char* path : {"/article/account/x.css", "/article/account%2Fx.css", "/article/account;x.css"}) {
    INFO(path);
    const auto secret = server.client.get(path).header("Cookie: wordpress_logged_in_1=me").send().expect(200).body;
    const auto stranger = server.client.get(path).send().expect(200).expect_cache("fwd=miss").body;
    CHECK(secret != stranger);
  }
}

TEST_CASE("Paths that PHP could take for others than the cache does have keys of their own (path confusion)") {
  Server server;
  server.client.get("/article/a/b").send().expect(200);
  for (const char* path : {"/article/a%2Fb", "/article/a%5Cb", "/article/a;/b", "/article/a/b;"})
    server.client.get(path).send().expect(200).expect_cache("fwd=miss");
  for (const char* path : {"/article/%00", "/article/%0a", "/..%2f..%2fetc", "/%2e%2e/%2e%2e/x"}) {
    INFO(path);
    CHECK_FALSE(server.hits(path));
    CHECK_FALSE(server.hits(path));
  }
}

TEST_CASE("Fields that are not in the key do not shape a page that others get (unkeyed input)") {
  Server server;
  int number = 0;
  for (const char* field : {"X-Forwarded-Host: evil.test", "X-Host: evil.test", "X-Forwarded-Server: evil.test",
                            "X-Original-URL: /evil.test", "X-Rewrite-URL: /evil.test", "X-Original-Host: evil.test",
                            "Forwarded: host=evil.test", "X_Forwarded_Host: evil.test",
                            "X-Forwarded-Prefix: /evil.test", "X-HTTP-Method-Override: evil.test",
                            "If-None-Match: \"evil.test\"", "Range: bytes=0-0, evil.test", "Proxy: http://evil.test"}) {
    INFO(field);
    const std::string path = "/env?n=" + std::to_string(++number);
    const auto attack = server.client.get(path).header(field).send().expect(200);
    CHECK(attack.body.find("evil.test") == std::string::npos);
    const auto visitor = server.client.get(path).send().expect(200).expect_cache("hit");
    CHECK(visitor.body.find("evil.test") == std::string::npos);
  }
}

TEST_CASE("A page made for another host or port is not sent to this one's visitors (host poisoning)") {
  Server server;
  for (const char* host : {"evil.test", "larder.test:8081", "larder.test.evil.test", "evil.test:80"}) {
    INFO(host);
    server.client.get("/env").host(host).send().expect(200);
    const auto visitor = server.client.get("/env").send().expect(200);
    CHECK(visitor.body.find("evil.test") == std::string::npos);
    CHECK(visitor.body.find("8081") == std::string::npos);
  }
}

TEST_CASE("A line end in a field of PHP's makes no second field, and no page (response splitting)") {
  FakeWorker worker(1);
  Server server({"php.address=unix:" + worker.socket(), "php.workers=1"});
  for (const char* header : {"header=X:a%0DSet-Cookie:b", "header=X:a%00b", "header=X%0D:a", "header=X%20:a"}) {
    INFO(header);
    for (int round = 0; round < 2; ++round) {
      const auto response = server.client.get(std::string("/split?") + header).send();
      response.expect(502);
      CHECK(response.header("Set-Cookie").empty());
      CHECK_FALSE(response.header("Cache-Status").starts_with("larder; hit"));
    }
  }
}

TEST_CASE("A head of PHP's that is too large is no page, and is not stored (oversize heads)") {
  Server server;
  server.site.write("huge.php",
                    "<?php for ($i = 0; $i < 100; ++$i) header(\"X-$i: \" . str_repeat('a', 1000)); echo 'x';");
  for (int round = 0; round < 2; ++round) {
    server.client.get("/huge.php").send().expect(502);
    CHECK_FALSE(server.hits("/huge.php"));
  }
}

TEST_CASE("A request whose head is too large is refused, and does not make others get an error (oversize heads)") {
  Server server;
  const std::string large(60'000, 'a');
  const int status = server.client.get("/article/1").header("X-Large: " + large).send().status;
  CHECK((status == 400 || status == 431));
  server.client.get("/article/1").send().expect(200).expect_cache("fwd=miss");
}

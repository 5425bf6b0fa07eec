// `larder explain` and `larder purge` as an administrator types them, beside a running daemon.
#include <nlohmann/json.hpp>

#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/patience.h"

using namespace larder::testing;

namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

std::string reply(const Words& fields, const std::string& body = "b") {
  std::string target = "/reply?body=" + body;
  for (const std::string& field : fields) target += "&" + HttpClient::encode({{"header[]", field}});
  return target;
}

struct Server {
  Json explain(const std::string& path, Words words = {}, const std::string& origin = "http://larder.test") const {
    words.insert(words.begin(), {origin + path, "--json"});
    const Finished done = daemon.command("explain", words);
    INFO(done.errors);
    REQUIRE(done.exit == 0);
    return Json::parse(done.output);
  }
  Finished purge(const Words& words) const { return daemon.command("purge", words); }
  bool hits(const std::string& path) const {
    return daemon.client().get(path).send().header("Cache-Status").starts_with("larder; hit");
  }

  TestSite site;
  LarderDaemon daemon{{site.setting(), "site.hosts=larder.test", "php.workers=2", "cache.default_ttl=10m",
                       "cache.bypass_params=preview"}};
};

// A question, what has to come of it, and whether somebody asked for the page before.
struct Case {
  std::string path;
  Words words;
  std::string answer, rule, origin;  // origin: a part of it
  bool asked_before = true;
};

const std::string kOld = "Age: 100";

std::vector<Case> cases() {
  const std::string page = "/article/1";
  return {
      {page, {}, "hit", "cache.default_ttl", ".ini:"},
      {reply({"Cache-Control: max-age=60"}), {}, "hit", "Cache-Control: max-age", "the page"},
      {reply({"Cache-Control: max-age=1, s-maxage=60"}), {}, "hit", "Cache-Control: s-maxage", "the page"},
      {reply({"CDN-Cache-Control: max-age=60", "Cache-Control: no-store"}),
       {},
       "hit",
       "CDN-Cache-Control: max-age",
       "the page"},
      {reply({"Expires: Fri, 31 Dec 2100 23:59:59 GMT"}), {}, "hit", "Expires", "the page"},
      {"/aging/a", {}, "stale", "Cache-Control: stale-while-revalidate", "the page"},
      {page, {"-H", "Cache-Control: max-age=300"}, "hit", "cache.default_ttl", ".ini:"},
      {reply({kOld, "Cache-Control: max-age=50, must-revalidate", "ETag: \"e\""}),
       {},
       "asks PHP",
       "Cache-Control: must-revalidate",
       "the page"},
      {reply({kOld, "Cache-Control: max-age=50", "ETag: \"e\""}), {}, "asks PHP", "Cache-Control: max-age", "the page"},
      {"/checked", {}, "asks PHP", "Cache-Control: no-cache", "the page"},
      {page, {"-H", "Cache-Control: no-cache"}, "asks PHP", "Cache-Control: no-cache", "the request"},
      {page, {"-H", "Pragma: no-cache"}, "asks PHP", "Cache-Control: no-cache", "the request"},
      {page, {"-H", "Cookie: a=b; wordpress_logged_in_1=x"}, "asks PHP", "cache.bypass_cookies", "default"},
      {"/wp-admin/", {}, "asks PHP", "cache.bypass_paths", "default"},
      {page + "?preview=true", {}, "asks PHP", "cache.bypass_params", ".ini:"},
      {page, {"-X", "POST"}, "asks PHP", "method", "the request"},
      {page, {"-H", "Authorization: Basic eA=="}, "asks PHP", "Authorization", "the request"},
      {page, {"-H", "X-WP-Nonce: 1"}, "asks PHP", "X-WP-Nonce", "the request"},
      {page, {"-H", "Host: other.test"}, "asks PHP", "site.hosts", ".ini:"},
      {reply({"Cache-Control: no-store"}), {}, "asks PHP", "no-store", "PHP's last answer"},
      {reply({"Cache-Control: private"}), {}, "asks PHP", "private", "PHP's last answer"},
      {reply({"Vary: *"}), {}, "asks PHP", "vary", "PHP's last answer"},
      {"/cookies", {}, "asks PHP", "set-cookie", "PHP's last answer"},
      {"/article/new", {}, "asks PHP", "", "", false},
      {"/article/new",
       {"-H", "Cache-Control: only-if-cached"},
       "nothing stored",
       "Cache-Control: only-if-cached",
       "the request",
       false},
      {"/style.css", {}, "file", "", ""},
      {"/docs", {}, "redirect", "", "", false},
      {"/uploads/../../etc/passwd", {}, "refused", "", "the request", false},
      {"/larder/health", {}, "Larder's own", "", "", false},
  };
}

}  // namespace

TEST_CASE("Explain tells what would be done with a request, and by which rule") {
  const Server server;
  for (const Case& one : cases()) {
    if (one.asked_before) server.daemon.client().get(one.path).send();
    INFO(one.path << " " << (one.words.empty() ? "" : one.words.back()));
    const Json told = server.explain(one.path, one.words);
    INFO(told.dump());
    CHECK(told["answer"] == one.answer);
    CHECK(told["rule"] == one.rule);
    CHECK(told["origin"].get<std::string>().find(one.origin) != std::string::npos);
  }
}

TEST_CASE("Explaining changes nothing: no render, no hit, no page that comes to memory") {
  Server server;
  server.daemon.client().get("/article/1").send().expect(200);
  server.daemon.expect_counter("ring_pages_written", 1);
  server.daemon.restart();
  server.daemon.expect_counter("ring_pages_recovered", 1);
  const auto before = server.daemon.statistics("counters");
  for (const char* path : {"/article/1", "/article/2", "/aging/a"}) {
    server.explain(path);
    server.explain(path, {"-X", "POST"});
  }
  CHECK(server.explain("/article/1")["page"]["lies_in"] == Json{"ring"});
  for (const auto& [name, value] : server.daemon.statistics("counters")) {
    if (name == "requests" || name == "connections_accepted") continue;  // those of the statistics themselves
    INFO(name);
    CHECK(value == before.at(name));
  }
  CHECK(server.site.count("renders") == 1);
}

TEST_CASE("Explain shows the page: key, variant, tags, freshness, places and sizes") {
  const Server server;
  server.daemon.client().get("/language/?utm_source=x").header("Accept-Language: de").send().expect(200);
  const Json german = server.explain("/language/?utm_source=y", {"-H", "Accept-Language: de"});
  INFO(german.dump());
  CHECK(german["answer"] == "hit");
  CHECK(german["key"] == "http://larder.test/language/");
  CHECK(german["variant"].size() == 1);
  CHECK(german["variant"][0].get<std::string>().find("de") != std::string::npos);
  CHECK(server.explain("/language/", {"-H", "Accept-Language: fr"})["answer"] == "asks PHP");

  const std::string tagged = reply({"Cache-Tag: post-1, home", "Cache-Control: max-age=500"}, std::string(2000, 'x'));
  for (int i = 0; i < 2; ++i) server.daemon.client().get(tagged).send().expect(200);  // with a query: asked for twice
  REQUIRE(eventually([&] { return server.explain(tagged)["page"]["lies_in"] == Json{"memory", "ring"}; }));
  const Json page = server.explain(tagged)["page"];
  CHECK(page["tags"] == Json{"post-1", "home"});
  CHECK(page["lifetime"] == 500);
  CHECK(page["fresh_for"].get<int>() > 400);
  CHECK(page["bytes"]["br"].get<int>() < page["bytes"]["gzip"].get<int>());

  const Finished text = server.daemon.command("explain", {"http://larder.test" + tagged});
  for (const char* words :
       {"answer     hit", "Cache-Control: max-age (the page)", "post-1, home", "memory, ring", "gzip"})
    CHECK(text.output.find(words) != std::string::npos);
}

TEST_CASE("A question that is none is an error that says why") {
  const Server server;
  const Finished no_url = server.daemon.command("explain", {"article/1"});
  CHECK(no_url.exit == 1);
  CHECK(no_url.errors.find("is no URL") != std::string::npos);
  CHECK(server.daemon.command("explain", {"http://larder.test/", "-H", "no colon"}).errors.find("is no field") !=
        std::string::npos);
}

TEST_CASE("larder purge takes pages by URL, prefix and tag, and all, and says how many went") {
  const Server server;
  HttpClient client = server.daemon.client();
  const std::string home = reply({"Cache-Tag: home"}, "home");
  const auto fill = [&] {
    for (const std::string& path : {home, std::string("/article/1"), std::string("/blog/1"), std::string("/blog/2")})
      client.get(path).send().expect(200);
  };
  fill();
  Finished done = server.purge({"http://larder.test/article/1", "--tag", "home"});
  CHECK(done.exit == 0);
  CHECK(done.output.find("purged 2 pages") != std::string::npos);
  CHECK(server.hits("/blog/1"));
  CHECK_FALSE(server.hits(home));
  CHECK(server.purge({"--prefix", "http://larder.test/blog/"}).output.find("purged 2 pages") != std::string::npos);
  CHECK_FALSE(server.hits("/blog/2"));
  fill();
  CHECK(server.purge({"--all", "--soft"}).output.find("purged 4 pages") != std::string::npos);
  client.get("/article/1").send().expect(200).expect_header("Cache-Status", "detail=stale");
  CHECK(server.purge({"--all"}).exit == 0);
  client.get("/blog/1").send().expect(200).expect_cache("fwd=miss");
}

TEST_CASE("larder purge is over when it outlives kill -9") {
  Server server;
  server.daemon.client().get("/article/1").send().expect(200);
  server.daemon.client().get("/article/2").send().expect(200);
  server.daemon.expect_counter("ring_pages_written", 2);
  server.daemon.restart();
  server.daemon.expect_counter("ring_pages_recovered", 2);
  CHECK(server.purge({"http://larder.test/article/1"}).exit == 0);
  server.daemon.kill9();
  server.daemon.start();
  server.daemon.expect_counter("ring_pages_recovered", 2);
  CHECK_FALSE(server.hits("/article/1"));
  CHECK(server.hits("/article/2"));
}

TEST_CASE("A purge that is none, or that no daemon hears, is an error") {
  Server server;
  CHECK(server.purge({}).errors.find("nothing to purge") != std::string::npos);
  CHECK(server.purge({"larder.test/article"}).errors.find("is no URL") != std::string::npos);
  server.daemon.stop();
  const Finished late = server.purge({"--all"});
  CHECK(late.exit == 1);
  CHECK(late.errors.find("there is no Larder with the process id") != std::string::npos);
  server.daemon.start();
}

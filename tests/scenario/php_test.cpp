// PHP as sites use it, with a real php-fpm that Larder starts.
#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"

using namespace larder::testing;

namespace {

struct PhpServer {
  TestSite site;
  LarderDaemon daemon{{site.setting(), "php.workers=2"}};
  HttpClient client = daemon.client();
};

// The value of a CGI variable in the JSON that /env prints.
std::string variable(const Response& env, const std::string& name) {
  const std::string mark = "\"" + name + "\": \"";
  const std::size_t begin = env.body.find(mark);
  if (begin == std::string::npos) return "(none)";
  const std::size_t from = begin + mark.size();
  return env.body.substr(from, env.body.find('"', from) - from);
}

}  // namespace

TEST_CASE("Pages are rendered by the PHP that the tests were asked to run with") {
  PhpServer server;
  const Finished version = run({php_fpm_under_test(), "-v"});  // "PHP 8.2.36 (fpm-fcgi) ..."
  const Response page = server.client.get("/version").send().expect(200);
  CHECK(version.output.starts_with("PHP " + page.body + " (fpm-fcgi)"));
}

TEST_CASE("Everything that is no file goes to the front controller") {
  PhpServer server;
  server.client.get("/").send().expect(200).expect_header("Content-Type", "text/html").expect_body("/, render 1");
  server.client.get("/2016/02/hello-world/").send().expect(200).expect_body("<title>2016</title>");
}

TEST_CASE("A script is found by its name, the rest of the path is PATH_INFO") {
  PhpServer server;
  server.client.get("/script.php").send().expect(200).expect_body("script /script.php info (none) query \n");
  server.client.get("/script.php/a/b?c=d").send().expect(200).expect_body("/script.php info /a/b query c=d\n");
}

TEST_CASE("A path that only looks like a script runs none") {
  PhpServer server;
  server.site.write("photo.jpg", "<?php echo 'a picture was run';");
  const Response trick = server.client.get("/photo.jpg/x.php").send();
  const bool run = trick.body.find("a picture was run") != std::string::npos;
  CHECK_FALSE(run);
  server.client.get("/photo.jpg").send().expect(200).expect_header("Content-Type", "image/jpeg");
}

TEST_CASE("No script runs below a denied path") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1", "php.deny=/uploads/"});
  HttpClient client = daemon.client();
  for (const char* path : {"/uploads/evil.php", "/uploads/evil.php/x", "/uploads/./evil.php",
                           "/docs/../uploads/evil.php", "//uploads//evil.php", "/%75ploads/evil.php"}) {
    INFO(path);
    client.get(path).send().expect(403);
  }
}

TEST_CASE("PHP sees the request as the client made it") {
  PhpServer server;
  const Response env = server.client.get("/env/x%20y?a=1&get[]=2&utm_source=mail")
                           .header("X-Custom: kept")
                           .header("User-Agent: a scenario")
                           .header("Proxy: http://evil.test/")
                           .header("X_Custom: forged")
                           .header("X-Forwarded-For: 192.0.2.9")
                           .header("X-Forwarded-Host: evil.test")
                           .header("X-Original-URL: /admin")
                           .send();
  env.expect(200);
  CHECK(variable(env, "REQUEST_METHOD") == "GET");
  CHECK(variable(env, "REQUEST_URI") == "/env/x%20y?a=1&get[]=2&utm_source=mail");
  CHECK(variable(env, "QUERY_STRING") == "a=1&get[]=2&utm_source=mail");
  CHECK(variable(env, "SCRIPT_NAME") == "/index.php");
  CHECK(variable(env, "SCRIPT_FILENAME") == server.site.root() + "/index.php");
  CHECK(variable(env, "DOCUMENT_ROOT") == server.site.root());
  CHECK(variable(env, "HTTP_HOST") == "larder.test");
  CHECK(variable(env, "SERVER_NAME") == "larder.test");
  CHECK(variable(env, "SERVER_PROTOCOL") == "HTTP/1.1");
  CHECK(variable(env, "REMOTE_ADDR") == "127.0.0.1");
  CHECK(variable(env, "HTTP_X_CUSTOM") == "kept");
  CHECK(variable(env, "HTTP_USER_AGENT") == "a scenario");
  CHECK(variable(env, "REDIRECT_STATUS") == "200");
  for (const char* absent : {"HTTP_PROXY", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_ORIGINAL_URL",
                             "HTTPS", "CONTENT_LENGTH"}) {
    INFO(absent);
    const std::string value = variable(env, absent);
    const bool none = value == "(none)" || value.empty();
    CHECK(none);
  }
}

TEST_CASE("A trusted proxy is believed about the client and its scheme") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1", "server.trusted_proxies=127.0.0.1"});
  const Response env = daemon.client()
                           .get("/env/")
                           .header("X-Forwarded-For: 198.51.100.7, 192.0.2.9")
                           .header("X-Forwarded-Proto: https")
                           .send();
  env.expect(200);
  CHECK(variable(env, "REMOTE_ADDR") == "192.0.2.9");
  CHECK(variable(env, "HTTPS") == "on");
  CHECK(variable(env, "SERVER_PORT") == "443");
}

TEST_CASE("A body reaches PHP whole, whatever its framing") {
  PhpServer server;
  const std::string body = "line\r\n" + std::string("\0\xff", 2) + std::string(300'000, 'x');
  const Response plain = server.client.request("POST", "/echo/").body(body, "text/x-test").send();
  plain.expect(200).expect_body("POST text/x-test 300008 ");
  const Response chunked = server.client.request("POST", "/echo/").body(body, "text/x-test").chunked().send();
  CHECK(chunked.expect(200).body == plain.body);
  server.client.request("PUT", "/echo/").body("", "text/plain").send().expect(200).expect_body("PUT text/plain 0 ");
  server.client.post("/form/", "name=J%C3%B6rg&text=a+b")
      .send()
      .expect(200)
      .expect_body("name=J\xc3\xb6rg\ntext=a b\n");
}

TEST_CASE("A file is uploaded with a form") {
  PhpServer server;
  const Response response =
      server.client.request("POST", "/form/")
          .part({.name = "title", .value = "A photo"})
          .part({.name = "photo", .value = "123456789", .file_name = "a.jpg", .type = "image/jpeg"})
          .send();
  response.expect(200).expect_body("title=A photo\n").expect_body("photo=a.jpg 0 9 e3069283\n");
}

TEST_CASE("Status and fields come back as PHP sent them") {
  PhpServer server;
  server.client.get("/reply?status=404&body=gone").send().expect(404).expect_body("gone");
  server.client.get("/reply?status=503&header[]=Retry-After:%207").send().expect(503).expect_header("Retry-After", "7");
  const Response redirect = server.client.get("/reply?status=302&header[]=Location:%20/elsewhere").send();
  redirect.expect(302).expect_header("Location", "/elsewhere");
  const Response links = server.client.get("/reply?header[]=Link:%20%3C/a%3E&header[]=Link:%20%3C/b%3E").send();
  CHECK(links.expect(200).headers("Link") == std::vector<std::string>{"</a>", "</b>"});
  const Response empty = server.client.get("/reply?status=204&body=").send().expect(204);
  CHECK(empty.body.empty());
}

TEST_CASE("Cookies go in and out, each in a field of its own") {
  PhpServer server;
  HttpClient browser = server.daemon.browser();
  const Response first = browser.get("/cookies/").send();
  CHECK(first.expect(200).headers("Set-Cookie").size() == 2);
  browser.get("/cookies/").send().expect(200).expect_body("first=1\nsecond=2\n");
}

TEST_CASE("What a page complains about is in the log, not in the page") {
  PhpServer server;
  const Response page = server.client.get("/complain/loudly").send();
  CHECK(page.expect(200).body == "complained");
  CHECK(server.daemon.logged("the page complains: loudly"));
}

TEST_CASE("A HEAD gets the fields of the page and no body") {
  PhpServer server;
  const Response head = server.client.head("/article/1").send();
  head.expect(200).expect_header("X-Page", "article").expect_header("Content-Type", "text/html");
  CHECK(head.body.empty());
}

TEST_CASE("Each of several sites has its own root and pages") {
  TestSite site, other;
  other.write("style.css", "other style");
  other.write("index.php", "<?php echo 'the other site';");
  LarderDaemon daemon(
      {site.setting(), "php.workers=1", "site other.hosts=other.test *.other.test", "site other.root=" + other.root()});
  HttpClient client = daemon.client();
  for (int round = 0; round < 2; ++round) {  // the second from the cache
    client.get("/").send().expect(200).expect_body("/, render 1");
    client.get("/").host("other.test").send().expect(200).expect_body("the other site");
    client.get("/style.css").send().expect(200).expect_body("color");
    client.get("/style.css").host("www.other.test").send().expect(200).expect_body("other style");
  }
}

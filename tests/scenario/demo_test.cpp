// The demo site shows what it promises. Visitors meet Larder here first.
#include "tests/support/catch.h"
#include "tests/support/daemon.h"

using namespace larder::testing;

namespace {

struct Demo {
  LarderDaemon daemon{{"site.root=" LARDER_DEMO, "php.workers=2"}};
  HttpClient client = daemon.client();
};

}  // namespace

TEST_CASE("Every page of the demo answers, the ordinary ones from the shelf at the second time") {
  Demo demo;
  for (const char* path : {"/", "/post/launch-day", "/category/cache", "/search?q=page", "/feed", "/tour", "/fresh",
                           "/raspberry.png", "/slow?seconds=1"}) {
    INFO(path);
    demo.client.get(path).send().expect(200).expect_cache("fwd=miss").expect_header("Cache-Status", "stored");
    demo.client.get(path).send().expect(200).expect_cache("hit");
  }
  for (const char* path : {"/never", "/info", "/guestbook", "/member"}) {
    INFO(path);
    demo.client.get(path).send().expect(200).expect_body("by worker");
    CHECK(demo.client.get(path).send().header("Cache-Status").starts_with("larder; fwd="));
  }
  demo.client.get("/").send().expect_body("by worker").expect_body("/post/saying-no-quickly");
  demo.client.get("/?utm_source=tour").send().expect(200).expect_cache("hit");
  demo.client.get("/no-such-page").send().expect(404).expect_body("This jar is empty");
  demo.client.get("/post/none").send().expect(404);
  CHECK(demo.daemon.log().find("PHP Warning") == std::string::npos);
}

TEST_CASE("The files of the demo are served as files, and its sources are not") {
  Demo demo;
  for (const char* path : {"/style.css", "/look.js", "/favicon.svg", "/shelf.svg"})
    demo.client.get(path).send().expect(200).expect_header("ETag", "\"").expect_no_header("Cache-Status");
  CHECK(demo.client.get("/app/posts.php").send().expect(200).body.empty());  // run, and it says nothing
  CHECK(demo.client.get("/raspberry.png").send().body.starts_with("\x89PNG"));
}

TEST_CASE("Who signs the guestbook of the demo is redirected, and read by the next visitor") {
  Demo demo;
  const std::string form = HttpClient::encode({{"name", "Ada <b>"}, {"text", "\"quoted\" & <script>"}});
  demo.client.post("/guestbook", form).send().expect(303).expect_header("Location", "/guestbook");
  const Response page = demo.client.get("/guestbook").send();
  page.expect(200).expect_body("Ada &lt;b&gt;").expect_body("&quot;quoted&quot; &amp; &lt;script&gt;");
  CHECK(page.body.find("<script>") == std::string::npos);
}

TEST_CASE("Who logs in to the demo gets pages that nobody else sees") {
  Demo demo;
  HttpClient browser = demo.daemon.browser();
  demo.client.get("/").send().expect_cache("fwd=miss");
  browser.get("/").send().expect_cache("hit");
  browser.post("/member", "name=Ada").send().expect(303);
  browser.get("/").send().expect(200).expect_cache("fwd=bypass").expect_body("Logged in as <strong>Ada</strong>");
  const Response others = demo.client.get("/").send();
  others.expect(200).expect_cache("hit");
  CHECK(others.body.find("Logged in") == std::string::npos);
  browser.post("/member", "leave=1").send().expect(303);
  browser.get("/").send().expect(200).expect_cache("hit");
}

TEST_CASE("What a visitor of the demo writes into an address comes back as text") {
  Demo demo;
  const Response page = demo.client.get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E%22").send();
  page.expect(200).expect_body("&lt;script&gt;alert(1)&lt;/script&gt;&quot;");
  CHECK(page.body.find("<script>alert") == std::string::npos);
  demo.client.get("/search?q[]=x").send().expect(200).expect_body("<h1>Search</h1>");
  demo.client.request("DELETE", "/").send().expect(405).expect_header("Allow", "POST");
}

TEST_CASE("The download of the demo has the size that was asked for") {
  Demo demo;
  const Response file = demo.client.get("/download?mb=8").discard_body().send();
  file.expect(200).expect_header("Content-Length", "8388608");
  CHECK(file.body_bytes == 8u << 20);
  demo.client.head("/download?mb=64").send().expect(200);
}

// A real WordPress behind Larder: visitors are served from the cache, people never see each other's pages.
#include <algorithm>

#include "tests/scenario/wordpress_editor.h"
#include "tests/scenario/wordpress_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"

using namespace larder::testing;

namespace {

// Installed once for all tests of this program; each has a daemon and a cache of its own.
const WordPressSite& installed() {
  static const WordPressSite site;
  return site;
}

bool is_hit(const Response& response) { return response.header("Cache-Status").starts_with("larder; hit"); }

std::string comment_form(const std::string& text, bool remember) {
  std::vector<std::pair<std::string, std::string>> form = {{"comment", text},
                                                           {"author", "Ada"},
                                                           {"email", "ada@larder.test"},
                                                           {"url", ""},
                                                           {"comment_post_ID", installed().post_id()},
                                                           {"comment_parent", "0"}};
  if (remember) form.emplace_back("wp-comment-cookies-consent", "yes");
  return HttpClient::encode(form);
}

}  // namespace

TEST_CASE("Every visitor after the first is served without PHP") {
  LarderDaemon daemon(installed().settings());
  HttpClient client = daemon.client();
  const std::pair<const char*, const char*> pages[] = {
      {"/", "The larder"},
      {WordPressSite::kPost, "They hold when everybody comes at once."},
      {WordPressSite::kCategory, "Three Pis in a cupboard"},
      {"/feed/", "<rss"},
      {"/?s=cupboard", "Three Pis in a cupboard"},
      {"/wp-sitemap.xml", "<sitemapindex"}};
  std::uint64_t renders = 0;
  for (const auto& [path, text] : pages) {
    const Response miss = client.get(path).send();
    miss.expect(200).expect_cache("fwd=miss").expect_header("Cache-Status", "stored").expect_body(text);
    const Response hit = client.get(path).send();
    CHECK(hit.expect(200).expect_cache("hit").body == miss.body);
    CHECK(hit.header("Content-Type") == miss.header("Content-Type"));
    for (const std::string coding : {"br", "gzip"}) {  // what a browser gets is the same page, and a small part of it
      const Response packed = client.get(path).decoded(coding).send();
      packed.expect(200).expect_cache("hit").expect_header("Content-Encoding", coding);
      CHECK(packed.body == miss.body);
      CHECK(2 * std::stoul(packed.header("Content-Length")) < miss.body.size());
    }
    daemon.expect_counter("renders", ++renders);
  }
  daemon.restart();
  HttpClient later = daemon.client();
  // The feed tells when it changed last: just now, so it is fresh for half a minute only and stays in memory.
  daemon.expect_counter("ring_pages_recovered", std::size(pages) - 1);
  for (const auto& [path, text] : pages) {
    const bool kept = std::string_view(path) != "/feed/";
    later.get(path).send().expect(200).expect_cache(kept ? "hit" : "fwd=miss").expect_body(text);
  }
  daemon.expect_counter("renders", 1);
}

TEST_CASE("A reader of the feed that has it is told so") {
  LarderDaemon daemon(installed().settings());
  HttpClient client = daemon.client();
  const std::string etag = client.get("/feed/").send().expect(200).header("ETag");
  REQUIRE_FALSE(etag.empty());
  client.get("/feed/").header("If-None-Match: " + etag).send().expect(304).expect_cache("hit");
}

TEST_CASE("Old addresses lead to the pretty ones") {
  LarderDaemon daemon(installed().settings());
  HttpClient client = daemon.client();
  for (const std::string& path : {"/?p=" + installed().post_id(), std::string("/2016/02/three-pis")}) {
    const Response redirect = client.get(path).send();
    redirect.expect(301).expect_header("Location", std::string("http://larder.test") + WordPressSite::kPost);
    client.get(path).follow().send().expect(200).expect_body("They hold when");
  }
}

TEST_CASE("A page that does not exist is 404 every time, as WordPress wants it") {
  LarderDaemon daemon(installed().settings());
  HttpClient client = daemon.client();
  for (int round = 0; round < 2; ++round) CHECK_FALSE(is_hit(client.get("/nothing-here/").send().expect(404)));
}

TEST_CASE("Styles and scripts come without PHP") {
  LarderDaemon daemon(installed().settings());
  HttpClient client = daemon.client();
  client.get("/wp-includes/css/dist/block-library/style.min.css")
      .send()
      .expect(200)
      .expect_header("Content-Type", "text/css");
  client.get("/wp-includes/js/jquery/jquery.min.js").send().expect(200).expect_header("Content-Type", "javascript");
  client.get("/wp-includes/js/jquery/").send().expect(404);
  client.get("/wp-content/themes/twentytwentythree/style.css").send().expect(200);
  daemon.expect_counter("static_files", 3);
}

TEST_CASE("The author logs in and sees what is his, visitors see what is theirs") {
  LarderDaemon daemon(installed().settings());
  HttpClient visitor = daemon.client();
  HttpClient author = daemon.browser();
  const std::string public_page = visitor.get("/").send().expect(200).body;
  visitor.get("/wp-admin/").send().expect(302).expect_cache("fwd=bypass").expect_header("Location", "/wp-login.php");

  author.post("/wp-login.php", HttpClient::encode({{"log", "admin"}, {"pwd", "wrong"}}))
      .send()
      .expect(200)
      .expect_body("login_error");
  log_in(author);
  for (const char* page : {"/wp-admin/", "/wp-admin/", "/wp-admin/edit.php", "/wp-admin/edit.php",
                           "/wp-admin/options-general.php", "/wp-admin/admin-ajax.php?action=nothing"}) {
    INFO(page);
    const Response response = author.get(page).send();
    response.expect_cache("fwd=bypass");
    const bool served = response.status == 200 || response.status == 400;  // admin-ajax knows no such action
    CHECK(served);
  }
  author.get("/wp-admin/").send().expect(200).expect_body("Dashboard");
  for (int round = 0; round < 2; ++round)
    author.get("/").send().expect(200).expect_cache("fwd=bypass").expect_body("wp-admin-bar");
  CHECK(visitor.get("/").send().expect(200).expect_cache("hit").body == public_page);
  visitor.get("/wp-admin/edit.php").send().expect(302).expect_cache("fwd=bypass");
}

TEST_CASE("A comment is written: its author sees it at once, nobody gets the author's page") {
  LarderDaemon daemon(installed().settings());
  HttpClient visitor = daemon.client();
  HttpClient author = daemon.browser();
  const std::string before = visitor.get(WordPressSite::kPost).send().expect(200).body;

  author.get(WordPressSite::kPost).send().expect(200).expect_cache("hit").expect_body("wp-comments-post.php");
  const Response posted = author.post("/wp-comments-post.php", comment_form("A first comment", true)).send();
  CHECK_FALSE(is_hit(posted.expect(302)));
  posted.expect_header("Location", std::string(WordPressSite::kPost) + "#comment-");
  posted.expect_header("Set-Cookie", "comment_author_");
  for (int round = 0; round < 2; ++round)
    author.get(WordPressSite::kPost).send().expect(200).expect_cache("fwd=bypass").expect_body("A first comment");
  // Whatever the visitor sees, the author's name is not filled in for him.
  const bool leaked =
      visitor.get(WordPressSite::kPost).send().expect(200).body.find("ada@larder.test") != std::string::npos;
  CHECK_FALSE(leaked);
  CHECK(before.find("A first comment") == std::string::npos);
}

TEST_CASE("The page with which WordPress answers a commenter without cookies is never stored") {
  LarderDaemon daemon(installed().settings());
  HttpClient client = daemon.client();
  const std::string path = std::string(WordPressSite::kPost) + "?unapproved=2&moderation-hash=0123456789abcdef";
  for (int round = 0; round < 2; ++round) CHECK_FALSE(is_hit(client.get(path).send().expect(200)));
}

TEST_CASE("An image is uploaded in the media library and then served as a file") {
  LarderDaemon daemon(installed().settings());
  HttpClient author = daemon.browser();
  log_in(author);
  const std::string form = author.get("/wp-admin/media-new.php").send().expect(200).body;
  const std::string nonce = between(form, "name=\"_wpnonce\" value=\"", "\"");
  const std::string photo = installed().photo();
  REQUIRE(photo.size() > 100);

  const Response uploaded =
      author.request("POST", "/wp-admin/async-upload.php")
          .part({.name = "name", .value = "photo.png"})
          .part({.name = "action", .value = "upload-attachment"})
          .part({.name = "_wpnonce", .value = nonce})
          .part({.name = "async-upload", .value = photo, .file_name = "photo.png", .type = "image/png"})
          .send();
  uploaded.expect(200).expect_cache("fwd=method").expect_body("\"success\":true");
  std::string url = between(uploaded.body, "\"url\":\"http:\\/\\/larder.test", "\"");
  url.erase(std::remove(url.begin(), url.end(), '\\'), url.end());

  const std::uint64_t renders = daemon.counter("renders");
  const Response image = daemon.client().get(url).send();
  image.expect(200).expect_header("Content-Type", "image/png").expect_header("ETag", "\"");
  const bool same = image.body == photo;
  CHECK(same);
  daemon.expect_counter("renders", renders);
  author.get(url).send().expect(200).expect_header("Content-Type", "image/png");
  daemon.expect_counter("renders", renders);
}

TEST_CASE("Machines that talk to WordPress always reach it") {
  LarderDaemon daemon(installed().settings());
  HttpClient client = daemon.client();
  for (int round = 0; round < 2; ++round) {
    CHECK_FALSE(is_hit(client.get("/wp-cron.php").send().expect(200)));
    CHECK_FALSE(is_hit(client.get("/xmlrpc.php").send().expect(405)));
    const std::string call = "<?xml version=\"1.0\"?><methodCall><methodName>demo.sayHello</methodName></methodCall>";
    const Response hello = client.request("POST", "/xmlrpc.php").body(call, "text/xml").send();
    CHECK_FALSE(is_hit(hello.expect(200).expect_body("Hello!")));
  }
  client.get("/wp-json/wp/v2/posts").send().expect(200).expect_header("Content-Type", "application/json");
}

TEST_CASE("A script among the uploads is never run, nor shown") {
  const std::string folder = installed().root() + "/wp-content/uploads/2016/";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "shell.php") << "<?php echo 'the upload was ' . 'run';";
  LarderDaemon daemon(installed().settings());
  HttpClient client = daemon.client();
  for (const char* path : {"/wp-content/uploads/2016/shell.php", "/wp-content/uploads/2016/shell.php/x.css",
                           "/wp-content//uploads/./2016/shell.php", "/wp-content/%75ploads/2016/shell.php"}) {
    INFO(path);
    const Response response = client.get(path).send().expect(403);
    CHECK(response.body.find("the upload was") == std::string::npos);
  }
  client.get("/wp-content/uploads/2016/").send().expect(404);
}

TEST_CASE("The configuration with the database's password is not to be had") {
  LarderDaemon daemon(installed().settings());
  HttpClient client = daemon.client();
  for (const char* path :
       {"/wp-config.php", "/wp-config.php/", "/wp-config.php.", "/WP-CONFIG.PHP", "/wp-config%2ephp"}) {
    INFO(path);
    const Response response = client.get(path).send();
    CHECK(response.body.find("DB_NAME") == std::string::npos);
  }
}

// The files of a site, as a browser and as a burglar ask for them. No PHP runs in these tests.
#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/openat2.h"

using namespace larder::testing;

namespace {

struct FileServer {
  TestSite site;
  LarderDaemon daemon{{site.setting(), "site.front_controller=none", "php.address=unix:" + site.root() + "/no-php"}};
  HttpClient client = daemon.client();
};

}  // namespace

TEST_CASE("A file comes with its type, length and validators") {
  FileServer server;
  const Response css = server.client.get("/style.css").send();
  css.expect(200).expect_header("Content-Type", "text/css").expect_header("Accept-Ranges", "bytes");
  css.expect_header("Content-Length", "21").expect_header("ETag", "\"").expect_header("Last-Modified", " GMT");
  css.expect_header("Server", "larder").expect_header("Date", " GMT").expect_header("X-Served-By", "");
  css.expect_body("color: #333");

  const Response head = server.client.head("/style.css").send();
  head.expect(200).expect_header("Content-Length", "21").expect_header("ETag", css.header("ETag"));
  CHECK(head.body.empty());
  server.daemon.expect_counter("static_files", 2);
}

TEST_CASE("A browser that has the file is told that nothing changed") {
  FileServer server;
  const Response first = server.client.get("/style.css").send();
  const std::string etag = first.header("ETag"), date = first.header("Last-Modified");
  server.client.get("/style.css").header("If-None-Match: " + etag).send().expect(304).expect_header("ETag", etag);
  server.client.get("/style.css").header("If-Modified-Since: " + date).send().expect(304);
  server.client.get("/style.css").header("If-None-Match: \"other\"").send().expect(200);
  server.daemon.expect_counter("not_modified", 2);
}

TEST_CASE("A part of a file can be asked for") {
  FileServer server;
  server.site.write("alphabet.txt", "abcdefghijklmnopqrstuvwxyz");
  const Response part = server.client.get("/alphabet.txt").header("Range: bytes=2-4").send();
  part.expect(206).expect_header("Content-Range", "bytes 2-4/26").expect_header("Content-Length", "3");
  CHECK(part.body == "cde");
  CHECK(server.client.get("/alphabet.txt").header("Range: bytes=-2").send().expect(206).body == "yz");
  server.client.get("/alphabet.txt")
      .header("Range: bytes=26-")
      .send()
      .expect(416)
      .expect_header("Content-Range", "bytes */26");
  server.client.get("/alphabet.txt")
      .header("Range: bytes=0-0,25-25")
      .send()
      .expect(206)
      .expect_header("Content-Type", "multipart/byteranges")
      .expect_body("bytes 25-25/26");
  server.client.get("/alphabet.txt").header("Range: bytes=2-4").header("If-Range: \"other\"").send().expect(200);
}

TEST_CASE("A large file arrives whole") {
  FileServer server;
  std::string large(20 << 20, '.');
  for (std::size_t i = 0; i < large.size(); i += 4096) large.replace(i, 8, std::to_string(10'000'000 + i / 4096));
  server.site.write("large.bin", large);
  const Response response = server.client.get("/large.bin").send();
  response.expect(200).expect_header("Content-Length", std::to_string(large.size()));
  const bool same = response.body == large;
  CHECK(same);
}

TEST_CASE("A directory gets its slash, keeps the query, and shows its index") {
  FileServer server;
  server.client.get("/docs?page=2").send().expect(301).expect_header("Location", "/docs/?page=2");
  server.client.get("/docs/").send().expect(200).expect_header("Content-Type", "text/html").expect_body("the docs");
}

TEST_CASE("Hidden files are not there, well-known ones are") {
  FileServer server;
  for (const char* path : {"/.hidden", "/.git/config", "/.git/", "/docs/../.hidden", "/%2ehidden", "/.%67it/config"}) {
    INFO(path);
    server.client.get(path).send().expect(404);
  }
  server.client.get("/.well-known/security.txt").send().expect(200).expect_body("admin@larder.test");
}

TEST_CASE("No path leads out of the root") {
  FileServer server;
  server.daemon.directory().write("secret.txt", "outside the root");
  std::filesystem::create_symlink(server.daemon.directory() / "secret.txt", server.site.root() + "/link.txt");
  std::filesystem::create_directory_symlink(server.daemon.directory().path(), server.site.root() + "/way-out");
  std::filesystem::create_symlink("style.css", server.site.root() + "/inside.css");
  server.site.write("../outside.txt", "outside the root");

  for (const char* path : {"/../outside.txt", "/docs/../../outside.txt", "/%2e%2e/outside.txt", "/..%2foutside.txt",
                           "/docs/..%5c..%5coutside.txt", "/link.txt", "/way-out/secret.txt", "//../outside.txt"}) {
    const Response response = server.client.get(path).send();
    INFO(path << " was answered " << response.status);
    CHECK(response.status >= 400);
    CHECK(response.status < 500);
    const bool leaked = response.body.find("outside the root") != std::string::npos;
    CHECK_FALSE(leaked);
  }
  const Response inside = server.client.get("/inside.css").send();
  if (has_openat2())
    inside.expect(200).expect_body("color");
  else
    inside.expect(404);
}

TEST_CASE("The source of a script is never shown") {
  FileServer server;
  for (const char* path : {"/shout.PHP", "/old.phtml", "/script.php", "/script.php.", "/script.php%20", "/script.php/",
                           "/script%2ephp", "/uploads/evil.php"}) {
    const Response response = server.client.get(path).send();
    INFO(path << " was answered " << response.status);
    const bool shown = response.body.find("<?php") != std::string::npos;
    CHECK_FALSE(shown);
    CHECK(response.status >= 400);
  }
}

TEST_CASE("Methods that a file does not understand are refused") {
  FileServer server;
  server.client.post("/style.css", "a=b").send().expect(405).expect_header("Allow", "GET");
  server.client.request("DELETE", "/style.css").send().expect(405);
  server.client.request("TRACE", "/style.css").send().expect(405);
  server.client.request("BREW", "/style.css").send().expect(501);
  server.client.get("/style.css").send().expect(200);
}

TEST_CASE("A missing file is not found") {
  FileServer server;
  server.client.get("/nothing.txt").send().expect(404);
  server.client.get("/style.css/more").send().expect(404);
}

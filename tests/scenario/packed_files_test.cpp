// Text files in the coding that each client takes, as clients see them. No PHP runs in these tests.
#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/patience.h"

using namespace larder::testing;

namespace {

struct FileServer {
  explicit FileServer(const std::string& setting = "cache.compress=on")
      : daemon({site.setting(), "site.front_controller=none", "php.address=unix:" + site.root() + "/no-php", setting}) {
  }

  Response get(const std::string& path, const std::string& codings) { return client.get(path).decoded(codings).send(); }
  // A file is packed in the background, some seconds after it was written.
  bool becomes_packed(const std::string& path) {
    return eventually([&] { return get(path, "br").header("Content-Encoding") == "br"; });
  }

  TestSite site;
  LarderDaemon daemon;
  HttpClient client = daemon.client();
};

std::string style(const std::string& color, int lines = 200) {
  std::string text;
  for (int i = 0; i < lines; ++i) text += ".entry-" + std::to_string(i) + " { color: " + color + " }\n";
  return text;
}

}  // namespace

TEST_CASE("A text file is packed once for all, and every coding decodes to the file, also after it has changed") {
  FileServer server;
  server.site.write("sheet.css", style("green"));
  const Response first = server.get("/sheet.css", "br");
  first.expect(200).expect_no_header("Content-Encoding").expect_header("Vary", "Accept-Encoding");
  CHECK(first.body == style("green"));

  // Many at once, from before it is packed until it is.
  while (server.get("/sheet.css", "br").header("Content-Encoding") != "br") {
    std::vector<Request> crowd;
    for (int i = 0; i < 50; ++i) crowd.push_back(server.client.get("/sheet.css").decoded("br"));
    Batch batch(std::move(crowd));
    for (const Response& response : batch.responses()) {
      const bool right = response.expect(200).body == style("green");
      CHECK(right);
    }
  }
  server.daemon.expect_counter("compressed", 1);

  for (const std::string coding : {"br", "gzip"}) {
    const Response packed = server.get("/sheet.css", coding);
    packed.expect(200).expect_header("Content-Encoding", coding).expect_header("Vary", "Accept-Encoding");
    packed.expect_header("Content-Type", "text/css").expect_header("Accept-Ranges", "bytes");
    CHECK(packed.body == style("green"));
    CHECK(std::stoul(packed.header("Content-Length")) < style("green").size() / 3);
    CHECK(packed.header("ETag") != first.header("ETag"));
    const Response head = server.client.head("/sheet.css").header("Accept-Encoding: " + coding).send();
    head.expect(200).expect_header("Content-Encoding", coding).expect_header("ETag", packed.header("ETag"));
    CHECK(head.header("Content-Length") == packed.header("Content-Length"));
    CHECK(head.body.empty());
    server.client.get("/sheet.css")
        .header("Accept-Encoding: " + coding)
        .header("If-None-Match: " + packed.header("ETag"))
        .send()
        .expect(304)
        .expect_header("ETag", packed.header("ETag"))
        .expect_header("Vary", "Accept-Encoding");
    server.client.get("/sheet.css").header("If-None-Match: " + packed.header("ETag")).send().expect(200);
  }
  const Response part = server.client.get("/sheet.css").header("Accept-Encoding: br").header("Range: bytes=0-6").send();
  part.expect(206).expect_no_header("Content-Encoding").expect_header("ETag", first.header("ETag"));
  CHECK(part.body == ".entry-");
  const Response plain = server.client.get("/sheet.css").send();
  plain.expect(200).expect_no_header("Content-Encoding").expect_header("ETag", first.header("ETag"));
  CHECK(plain.body == style("green"));

  // From here on no answer is of the old text.
  server.site.write("sheet.css", style("white"));
  for (const char* coding : {"br", "gzip", "identity"}) CHECK(server.get("/sheet.css", coding).body == style("white"));
  CHECK(server.becomes_packed("/sheet.css"));
  for (const char* coding : {"br", "gzip", "identity"}) CHECK(server.get("/sheet.css", coding).body == style("white"));
  server.daemon.expect_counter("compressed", 2);
}

TEST_CASE("Larder compresses no file where cache.compress is off") {
  FileServer server("cache.compress=off");
  server.site.write("sheet.css", style("green"));
  const Response answer = server.get("/sheet.css", "br");
  answer.expect(200).expect_no_header("Content-Encoding").expect_no_header("Vary");
}

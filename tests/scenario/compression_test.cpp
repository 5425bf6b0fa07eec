// Pages in the coding that each client takes, as clients see them: every coding decodes to the same bytes.
#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"

using namespace larder::testing;

namespace {

struct CompressingSite {
  explicit CompressingSite(std::vector<std::string> settings = {}) : daemon(with_site(std::move(settings))) {}
  std::vector<std::string> with_site(std::vector<std::string> settings) const {
    settings.insert(settings.begin(), {site.setting(), "php.workers=2"});
    return settings;
  }
  TestSite site;
  LarderDaemon daemon;
  HttpClient client = daemon.client();
};

// A page of so many lines that says which one it is.
std::string page(const std::string& name, int lines, const std::vector<std::string>& fields = {}) {
  std::vector<std::pair<std::string, std::string>> query = {{"body", ""}};
  for (int i = 0; i < lines; ++i) query[0].second += "<p>" + name + ", line " + std::to_string(i) + "</p>\n";
  for (const std::string& field : fields) query.emplace_back("header[]", field);
  return "/reply?" + HttpClient::encode(query);
}

Response plain(CompressingSite& server, const std::string& path) { return server.client.get(path).send(); }
Response decoded(CompressingSite& server, const std::string& path, const std::string& codings) {
  return server.client.get(path).decoded(codings).send();
}

}  // namespace

TEST_CASE("Every client gets the page in its coding, and after decoding the same bytes") {
  CompressingSite server;
  const std::string path = page("home", 50);
  const Response first = plain(server, path);  // the leader takes nothing compressed
  first.expect(200)
      .expect_cache("fwd=miss")
      .expect_no_header("Content-Encoding")
      .expect_header("Vary", "Accept-Encoding");
  for (int round = 0; round < 3; ++round) {
    for (const std::string coding : {"br", "gzip"}) {
      const Response answer = decoded(server, path, coding);
      answer.expect(200).expect_cache("hit").expect_header("Content-Encoding", coding);
      answer.expect_header("Vary", "Accept-Encoding");
      CHECK(answer.body == first.body);
      CHECK(std::stoul(answer.header("Content-Length")) < first.body.size() / 3);
      CHECK(answer.header("ETag") != first.header("ETag"));
    }
    const Response identity = plain(server, path);
    identity.expect(200).expect_cache("hit").expect_no_header("Content-Encoding");
    CHECK(identity.body == first.body);
    CHECK(identity.header("ETag") == first.header("ETag"));
  }
  CHECK(decoded(server, path, "gzip, deflate, br").header("Content-Encoding") == "br");
  server.daemon.expect_counter("renders", 1);
  server.daemon.expect_counter("compressed", 1);
}

TEST_CASE("Every page of many decodes to itself, from memory and, after a restart, from the ring") {
  CompressingSite server;
  std::vector<std::string> bodies;
  for (int i = 0; i < 20; ++i) bodies.push_back(plain(server, page("page " + std::to_string(i), 10 + i)).body);
  const auto check = [&](HttpClient& client) {
    for (int i = 0; i < 20; ++i)
      for (const char* coding : {"br", "gzip", "identity"}) {
        const Response answer = client.get(page("page " + std::to_string(i), 10 + i)).decoded(coding).send();
        answer.expect(200).expect_cache("hit");
        CHECK(answer.body == bodies[static_cast<std::size_t>(i)]);
      }
  };
  check(server.client);
  server.daemon.restart();
  HttpClient later = server.daemon.client();
  server.daemon.expect_counter("ring_pages_recovered", 20);
  check(later);
  server.daemon.expect_counter("renders", 0);
}

TEST_CASE("HEAD, conditions and ranges are those of the coding") {
  CompressingSite server;
  const std::string path = page("home", 50);
  const Response packed = decoded(server, path, "br"), identity = plain(server, path);
  const Response head = server.client.head(path).header("Accept-Encoding: br").send();
  head.expect(200).expect_header("Content-Encoding", "br");
  CHECK(head.header("Content-Length") == packed.header("Content-Length"));
  CHECK(head.header("ETag") == packed.header("ETag"));

  const Response same =
      server.client.get(path).header("Accept-Encoding: br").header("If-None-Match: " + packed.header("ETag")).send();
  same.expect(304).expect_header("ETag", packed.header("ETag")).expect_header("Vary", "Accept-Encoding");
  server.client.get(path).header("If-None-Match: " + packed.header("ETag")).send().expect(200);

  const Response part = server.client.get(path).header("Accept-Encoding: br").header("Range: bytes=3-9").send();
  part.expect(206).expect_no_header("Content-Encoding");
  CHECK(part.body == identity.body.substr(3, 7));
  server.client.get(path).header("Range: bytes=999999-").send().expect(416);
}

TEST_CASE("What PHP does not want to be changed, and what is no text, is sent as it is") {
  CompressingSite server;
  for (const auto& path : {page("fixed", 50, {"Cache-Control: public, max-age=60, no-transform"}),
                           page("image", 50, {"Content-Type: image/png"})}) {
    plain(server, path).expect(200).expect_cache("fwd=miss");
    decoded(server, path, "br, gzip").expect_cache("hit").expect_no_header("Content-Encoding").expect_no_header("Vary");
  }
  server.daemon.expect_counter("compressed", 0);
}

TEST_CASE("Compression can be turned off") {
  CompressingSite server({"cache.compress=off"});
  const std::string path = page("home", 50);
  plain(server, path);
  decoded(server, path, "br, gzip").expect(200).expect_cache("hit").expect_no_header("Content-Encoding");
}

TEST_CASE("A page that PHP has compressed is stored as it came, and inflated for those who cannot read it") {
  CompressingSite server;
  const std::string path = "/packed";
  const Response packed = decoded(server, path, "gzip");
  packed.expect_body("packed, line 99");
  packed.expect(200).expect_cache("fwd=miss").expect_header("Content-Encoding", "gzip");
  const Response identity = plain(server, path);
  identity.expect(200).expect_cache("hit").expect_no_header("Content-Encoding");
  CHECK(identity.body == packed.body);
  decoded(server, path, "br").expect_cache("hit").expect_no_header("Content-Encoding");
  server.daemon.expect_counter("compressed", 0);
  server.daemon.expect_counter("renders", 1);
}

#include "server/purge_request.h"

#include "tests/support/catch.h"

namespace larder::server {
namespace {

using cache::Purge;
using Kind = Purge::Kind;
const cache::IgnoredParams kIgnored({"utm_*"});

TEST_CASE("a request names urls, prefixes and tags, or all, and may be hard") {
  const auto purges = parse_purge_request(
      R"({"urls": ["HTTP://Example.org:80/%61?utm_source=x"], "prefixes": ["https://a/b/"], "tags": ["post-1", "ü"],
          "all": true, "hard": true})",
      kIgnored, 7);
  REQUIRE(purges.ok());
  CHECK(purges->size() == 5);
  for (const Purge& wanted :
       {Purge{Kind::key, "http://example.org/a", true, 7}, Purge{Kind::prefix, "https://a/b/", true, 7},
        Purge{Kind::tag, "ü", true, 7}, Purge{Kind::all, "", true, 7}})
    CHECK(std::count(purges->begin(), purges->end(), wanted) == 1);
}

TEST_CASE("a request is soft unless it says hard") {
  const auto purges = parse_purge_request(R"({"tags": ["t"]})", kIgnored, 7);
  REQUIRE(purges.ok());
  CHECK_FALSE(purges->front().hard);
  CHECK(parse_purge_request("{}", kIgnored, 7)->empty());
}

TEST_CASE("a request that cannot be carried out as it stands is refused whole") {
  const std::string text = GENERATE("", "[]", "{", "{\"url\": [\"http://a/\"]}", "{\"urls\": \"http://a/\"}",
                                    "{\"urls\": [1]}", "{\"urls\": [\"/a\"]}", "{\"urls\": [\"ftp://a/\"]}",
                                    "{\"tags\": [\"\"]}", "{\"tags\": [\"a\\nb\"]}", "{\"hard\": 1, \"tags\": []}",
                                    "{\"all\": \"yes\"}", "{\"tags\": [\"a\"]} x", "{\"urls\": [\"http://a/%00\"]}");
  INFO(text);
  CHECK_FALSE(parse_purge_request(text, kIgnored, 7).ok());
}

}  // namespace
}  // namespace larder::server

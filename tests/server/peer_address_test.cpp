#include "server/peer_address.h"

#include "tests/support/catch.h"

namespace larder::server {
namespace {

TEST_CASE("a peer is a URL of http with a host, and perhaps a port") {
  const auto url_of = [](std::string_view text) { return parse_peer(text).value().url(); };
  CHECK(url_of("http://10.0.0.2") == "http://10.0.0.2:80");
  CHECK(url_of("http://pi-2.example:8080/") == "http://pi-2.example:8080");
  CHECK(url_of("http://pi2:") == "http://pi2:80");
  CHECK(url_of("http://[2001:db8::2]") == "http://[2001:db8::2]:80");
  CHECK(url_of("http://[::1]:81") == "http://[::1]:81");
  CHECK(parse_peer("http://[::1]:81").value().host == "::1");
}

TEST_CASE("what is no such URL is a mistake that says what to write") {
  const std::string text = GENERATE("10.0.0.2", "http://", "http://a b", "http://a/b", "http://a:99999", "http://a:0",
                                    "http://a//", "http://user@a", "http://::1", "ftp://a", "http://[::1");
  INFO(text);
  const auto peer = parse_peer(text);
  REQUIRE_FALSE(peer.ok());
  CHECK(peer.error().message.find(text) != std::string::npos);
  CHECK(parse_peer("https://a").error().message.find("TLS") != std::string::npos);
}

TEST_CASE("of a list one that is wrong makes the whole wrong") {
  CHECK(parse_peers("http://a, http://b:81").value().size() == 2);
  CHECK(parse_peers("").value().empty());
  CHECK_FALSE(parse_peers("http://a b").ok());
}

}  // namespace
}  // namespace larder::server

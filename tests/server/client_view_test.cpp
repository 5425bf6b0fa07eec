#include "server/client_view.h"

#include "tests/server/heads.h"
#include "tests/support/catch.h"

using namespace larder::server;

namespace {

std::vector<Network> trusted() { return {*Network::parse("10.0.0.0/8"), *Network::parse("2001:db8::/32")}; }

// As seen when `peer` sends these fields for "Host: example.com".
ClientView seen_from(std::string_view peer, std::vector<FieldView> fields, const Target& target = {}) {
  RequestHead head = larder::testing::head_with({{"Host", "example.com"}});
  for (const FieldView& field : fields) head.fields.add(field);
  head.peer = *Endpoint::parse(peer);
  return client_view(head, target, trusted());
}

std::string client_for(std::string_view forwarded_for) {
  return seen_from("10.0.0.1", {{"X-Forwarded-For", forwarded_for}}).client.text();
}

std::string client_by_forwarded(std::string_view forwarded) {
  return seen_from("10.0.0.1", {{"Forwarded", forwarded}}).client.text();
}

ClientView with_host(std::string_view host, std::string_view scheme = "http") {
  RequestHead head = larder::testing::head_with({{"Host", host}, {"X-Forwarded-Proto", scheme}});
  head.peer = *Endpoint::parse("10.0.0.1");
  return client_view(head, {}, trusted());
}

}  // namespace

TEST_CASE("A peer that is not trusted speaks for itself alone") {
  const auto view = seen_from("203.0.113.5:4711", {{"X-Forwarded-For", "192.0.2.1"},
                                                   {"X-Forwarded-Proto", "https"},
                                                   {"X-Forwarded-Port", "8443"},
                                                   {"Forwarded", "for=192.0.2.1;proto=https"}});
  CHECK(view.client == *Endpoint::parse("203.0.113.5:4711"));
  CHECK(view.scheme == "http");
  CHECK(view.port == 80);
  CHECK_FALSE(view.forwarded);
}

TEST_CASE("Of a list of addresses the last untrusted one is the client") {
  CHECK(client_for("192.0.2.1") == "192.0.2.1");
  CHECK(client_for("6.6.6.6, 192.0.2.1") == "192.0.2.1");
  CHECK(client_for("6.6.6.6, 192.0.2.1, 10.0.0.9,10.1.1.1") == "192.0.2.1");
  CHECK(client_for("[2001:db9::1]:4711") == "2001:db9::1");
  CHECK(client_for("192.0.2.1:4711, [2001:db8::5]") == "192.0.2.1");
  CHECK(client_for("::ffff:192.0.2.1, ::ffff:10.0.0.7") == "192.0.2.1");
  CHECK(client_for(" , 192.0.2.1 , ,") == "192.0.2.1");
}

TEST_CASE("When everybody is trusted the first of the list is the client") {
  CHECK(client_for("10.0.0.3, 10.0.0.2") == "10.0.0.3");
}

TEST_CASE("Several fields are one list") {
  const auto view = seen_from("10.0.0.1", {{"X-Forwarded-For", "6.6.6.6"}, {"x-forwarded-for", "192.0.2.1, 10.0.0.2"}});
  CHECK(view.client.text() == "192.0.2.1");
}

TEST_CASE("Garbage in the list leaves the last hop that could be read") {
  CHECK(client_for("garbage") == "10.0.0.1");
  CHECK(client_for("") == "10.0.0.1");
  CHECK(client_for("6.6.6.6, unknown, 10.0.0.2") == "10.0.0.2");
  CHECK(client_for("6.6.6.6, _hidden") == "10.0.0.1");
  CHECK(client_for("6.6.6.6, 1.2.3.4.5, 10.0.0.2") == "10.0.0.2");
  CHECK(client_for("6.6.6.6, <script>, 192.0.2.1") == "192.0.2.1");
}

TEST_CASE("Forwarded names the client, with quotes, ports and other parameters") {
  CHECK(client_by_forwarded("for=192.0.2.1") == "192.0.2.1");
  CHECK(client_by_forwarded("For=\"192.0.2.1:4711\";proto=http;by=10.0.0.1") == "192.0.2.1");
  CHECK(client_by_forwarded("by=10.0.0.1; for=\"[2001:db9::17]:4711\" ;") == "2001:db9::17");
  CHECK(client_by_forwarded("for=\"[2001:db9::1]:_port\"") == "2001:db9::1");
  CHECK(client_by_forwarded("for=\"192\\.0.2.1\"") == "192.0.2.1");
  CHECK(client_by_forwarded("for=6.6.6.6, for=192.0.2.1, for=10.2.2.2") == "192.0.2.1");
}

TEST_CASE("Obfuscated or broken Forwarded elements leave the last readable hop") {
  for (const auto text : {"for=unknown", "for=_gazonk", "for=\"_x:80\"", "for=", "for", "=192.0.2.1", "for=192.0.2.1 x",
                          "for=\"192.0.2.1", "for=192.0.2.1;for=192.0.2.2", "f or=192.0.2.1", "proto=https",
                          "for=\"192.0.2.1\"x", "for=\"192.0.2.1\\"}) {
    INFO(text);
    CHECK(client_by_forwarded(text) == "10.0.0.1");
  }
  CHECK(client_by_forwarded("for=6.6.6.6, for=_hidden, for=10.0.0.2") == "10.0.0.2");
}

TEST_CASE("A client that leaves a quote open cannot swallow what the proxy appended") {
  CHECK(client_by_forwarded("for=\"6.6.6.6, for=192.0.2.1") == "192.0.2.1");
  CHECK(client_by_forwarded("for=\"10.0.0.9, for=192.0.2.1, for=10.0.0.2") == "192.0.2.1");
}

TEST_CASE("Forwarded is not read beside the fields that proxies really write") {
  const auto view = seen_from("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}, {"Forwarded", "for=6.6.6.6;proto=https"}});
  CHECK(view.client.text() == "192.0.2.1");
  CHECK(view.scheme == "http");
}

TEST_CASE("The scheme is what the nearest proxy saw") {
  const auto scheme = [](std::string_view text) { return seen_from("10.0.0.1", {{"X-Forwarded-Proto", text}}).scheme; };
  CHECK(scheme("https") == "https");
  CHECK(scheme("HTTPS") == "https");
  CHECK(scheme("https, http") == "http");
  CHECK(scheme("http, https") == "https");
  for (const auto bad : {"", "ftp", "https:", "on", "http s", "\"https\"", "https;x", "javascript"}) {
    INFO(bad);
    CHECK(scheme(bad) == "http");
  }
  CHECK(seen_from("10.0.0.1", {{"Forwarded", "for=192.0.2.1;proto=HTTPS"}}).scheme == "https");
  CHECK(seen_from("10.0.0.1", {{"Forwarded", "for=192.0.2.1;proto=https, for=10.0.0.2;proto=http"}}).scheme == "https");
  CHECK(seen_from("10.0.0.1", {{"Forwarded", "for=6.6.6.6;proto=https, for=192.0.2.1;proto=http"}}).scheme == "http");
}

TEST_CASE("The scheme of an absolute target is the client's word only") {
  Target target;
  target.scheme = "https";
  target.authority = "other.example";
  CHECK(seen_from("203.0.113.5", {}, target).scheme == "http");
  CHECK(seen_from("10.0.0.1", {}, target).scheme == "http");
}

TEST_CASE("An absolute target overrides Host") {
  Target target;
  target.authority = "Other.Example:8080";
  const auto view = seen_from("203.0.113.5", {}, target);
  CHECK(view.host == "other.example:8080");
  CHECK(view.server_name() == "other.example");
  CHECK(view.port == 8080);
}

TEST_CASE("The host is in lower case and without the default port of its scheme") {
  CHECK(with_host("EXAMPLE.com:80").host == "example.com");
  CHECK(with_host("example.com:080").host == "example.com");
  CHECK(with_host("example.com:").host == "example.com");
  CHECK(with_host("example.com:443").host == "example.com:443");
  CHECK(with_host("example.com:443", "https").host == "example.com");
  CHECK(with_host("example.com:443", "https").port == 443);
  CHECK(with_host("example.com", "https").port == 443);
  CHECK(with_host("example.com:8080").port == 8080);
  CHECK(with_host("[2001:DB8::1]:8080").host == "[2001:db8::1]:8080");
  CHECK(with_host("[2001:DB8::1]:8080").server_name() == "2001:db8::1");
  CHECK(with_host("[::1]").host == "[::1]");
}

TEST_CASE("A port comes from the host, then from the proxy, then from the scheme") {
  const auto port = [](std::string_view text) { return seen_from("10.0.0.1", {{"X-Forwarded-Port", text}}).port; };
  CHECK(port("8443") == 8443);
  CHECK(port("1, 8443") == 8443);
  for (const auto bad : {"", "0", "65536", "-1", "+80", "80x", "0x50"}) {
    INFO(bad);
    CHECK(port(bad) == 80);
  }
  RequestHead head = larder::testing::head_with({{"Host", "example.com:8080"}, {"X-Forwarded-Port", "9"}});
  head.peer = *Endpoint::parse("10.0.0.1");
  CHECK(client_view(head, {}, trusted()).port == 8080);
}

TEST_CASE("A request without Host has an empty one") {
  RequestHead head = larder::testing::head_with({});
  head.version = "HTTP/1.0";
  const auto view = client_view(head, {}, {});
  CHECK(view.host.empty());
  CHECK(view.server_name().empty());
  CHECK(view.port == 80);
  CHECK(view.client.text() == "unknown");
}

TEST_CASE("A client who came to the balancer by TLS is one of https, and speaks for itself alone") {
  RequestHead head = larder::testing::head_with({{"Host", "example.com"}, {"X-Forwarded-Proto", "http"}});
  head.peer = *Endpoint::parse("203.0.113.5");
  head.tls = true;
  const ClientView view = client_view(head, {}, trusted());
  CHECK(view.scheme == "https");
  CHECK(view.port == 443);
}

#include "server/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "tests/support/catch.h"

using namespace larder::server;

namespace {

Endpoint parsed(std::string_view text) {
  const auto endpoint = Endpoint::parse(text);
  INFO(text);
  REQUIRE(endpoint.ok());
  return *endpoint;
}

bool holds(std::string_view network, std::string_view address) {
  const auto parsed_network = Network::parse(network);
  INFO(network);
  REQUIRE(parsed_network.ok());
  return parsed_network->contains(parsed(address));
}

}  // namespace

TEST_CASE("An address is read in every way that proxies write it") {
  struct Row {
    std::string_view text, address;
    unsigned port;
  };
  const auto row = GENERATE(Row{"192.0.2.1", "192.0.2.1", 0}, Row{"192.0.2.1:4711", "192.0.2.1", 4711},
                            Row{"192.0.2.1:_hidden", "192.0.2.1", 0}, Row{"2001:db8::1", "2001:db8::1", 0},
                            Row{"[2001:DB8:0::1]", "2001:db8::1", 0}, Row{"[2001:db8::1]:65535", "2001:db8::1", 65535},
                            Row{"fe80::1%eth0", "fe80::1", 0}, Row{"[fe80::1%25]:80", "fe80::1", 80},
                            Row{"::ffff:192.0.2.1", "192.0.2.1", 0}, Row{"[::ffff:c000:201]:9", "192.0.2.1", 9});
  INFO(row.text);
  CHECK(parsed(row.text).text() == row.address);
  CHECK(parsed(row.text).port == row.port);
}

TEST_CASE("What is no numeric address is an error") {
  using namespace std::string_view_literals;
  const auto text = GENERATE("", "unknown", "_hidden", "example.com", "192.0.2", "192.0.2.256", "192.0.2.01",
                             "0x7f.0.0.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:+80", "192.0.2.1:000080",
                             "192.0.2.1:_", "192.0.2.1 ", " 192.0.2.1", "[192.0.2.1]", "192.0.2.1%eth0", "[2001:db8::1",
                             "2001:db8::1]", "[2001:db8::1]80", "[]", "::1::2", "unix:", "\"192.0.2.1\"");
  INFO(text);
  CHECK_FALSE(Endpoint::parse(text).ok());
  CHECK_FALSE(Endpoint::parse("127.0.0.1\0.evil"sv).ok());
}

TEST_CASE("A socket address becomes an endpoint, IPv4-mapped ones that of IPv4") {
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(4711);
  REQUIRE(::inet_pton(AF_INET6, "::ffff:192.0.2.7", &in6.sin6_addr) == 1);
  const Endpoint mapped = Endpoint::from(reinterpret_cast<const sockaddr*>(&in6), sizeof in6);
  CHECK(mapped == parsed("192.0.2.7:4711"));

  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(4711);
  REQUIRE(::inet_pton(AF_INET, "192.0.2.7", &in.sin_addr) == 1);
  CHECK(Endpoint::from(reinterpret_cast<const sockaddr*>(&in), sizeof in) == mapped);

  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  CHECK(Endpoint::from(reinterpret_cast<const sockaddr*>(&un), sizeof un.sun_family).text() == "unix:");
  CHECK(Endpoint::from(nullptr, 0).text() == "unknown");
  CHECK(Endpoint::from(reinterpret_cast<const sockaddr*>(&in6), sizeof in).text() == "unknown");
}

TEST_CASE("A network holds the addresses of its prefix and no others") {
  CHECK(holds("192.0.2.0/24", "192.0.2.255"));
  CHECK_FALSE(holds("192.0.2.0/24", "192.0.3.0"));
  CHECK(holds("192.0.2.128/25", "192.0.2.128"));
  CHECK_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
  CHECK(holds("192.0.2.1/24", "192.0.2.77"));
  CHECK(holds("10.0.0.1", "10.0.0.1"));
  CHECK_FALSE(holds("10.0.0.1", "10.0.0.2"));
  CHECK(holds("0.0.0.0/0", "203.0.113.9"));
  CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(holds("2001:db8::1", "[2001:db8::1]:80"));
}

TEST_CASE("IPv4 rules meet IPv4-mapped peers and the other way round") {
  CHECK(holds("192.0.2.0/24", "::ffff:192.0.2.9"));
  CHECK(holds("::ffff:192.0.2.0/120", "192.0.2.9"));
  CHECK_FALSE(holds("::/0", "192.0.2.9"));
  CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
}

TEST_CASE("Peers on Unix sockets belong to unix: alone") {
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  const Endpoint peer = Endpoint::from(reinterpret_cast<const sockaddr*>(&un), sizeof un);
  CHECK(any_contains({*Network::parse("10.0.0.0/8"), *Network::parse("unix:")}, peer));
  CHECK_FALSE(any_contains({*Network::parse("0.0.0.0/0"), *Network::parse("::/0")}, peer));
  CHECK_FALSE(Network::parse("unix:")->contains(Endpoint{}));
  CHECK_FALSE(any_contains({}, peer));
}

TEST_CASE("What is no network is an error that shows the spelling") {
  const auto text = GENERATE("", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "2001:db8::/129",
                             "[::1]/128", "10.0.0.1:80", "localhost", "::ffff:0.0.0.0/95", "10.0.0.0/99999999999");
  INFO(text);
  const auto network = Network::parse(text);
  REQUIRE_FALSE(network.ok());
  CHECK(network.error().message.find("192.0.2.0/24") != std::string::npos);
}

#include "fastcgi/address.h"

#include "tests/support/catch.h"

using namespace larder::fastcgi;

TEST_CASE("an address is a Unix socket or a host and a port") {
  CHECK(parse_address("unix:/run/php.sock").value().unix_path == "/run/php.sock");
  for (const auto& [text, host] : {std::pair{"127.0.0.1:9000", "127.0.0.1"}, std::pair{"[::1]:9000", "::1"},
                                   std::pair{"php.lan:9000", "php.lan"}}) {
    const auto address = parse_address(text);
    REQUIRE(address);
    CHECK(address->unix_path.empty());
    CHECK(address->host == host);
    CHECK(address->port == 9000);
  }
  CHECK(parse_address("[fe80::1%eth0]:1").value().host == "fe80::1%eth0");
}

TEST_CASE("what is no address says what it lacks") {
  for (const char* text : {"", "unix:", "unix:php.sock", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
                           "127.0.0.1:9000x", "127.0.0.1:-1", ":9000", "[]:9000", "::1:9000", "[::1]9000", "a b:1"}) {
    INFO(text);
    const auto address = parse_address(text);
    REQUIRE_FALSE(address);
    CHECK(address.error().message.find(text) != std::string::npos);
  }
  CHECK_FALSE(parse_address("unix:/" + std::string(107, 'x')));
  CHECK(parse_address("unix:/" + std::string(106, 'x')));
}

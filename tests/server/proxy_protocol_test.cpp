#include "server/proxy_protocol.h"

#include <string>
#include <vector>

#include "arm/crc32c.h"
#include "tests/support/catch.h"

using namespace larder::server;
using namespace std::string_literals;

namespace {

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string kRequest = "GET / HTTP/1.1\r\n";

std::string word(std::size_t value) { return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)}; }

// A header of version 2 with the right length.
std::string binary(char command, char family, const std::string& rest) {
  return kSignature + command + family + word(rest.size()) + rest;
}

const std::string kFour = "\xC6\x33\x64\x07\xC0\x00\x02\x01"s + word(4711) + word(80);  // 198.51.100.7 to 192.0.2.1
const std::string kSix = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"s + "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"s +
                         word(4711) + word(80);

std::string extension(char type, const std::string& value) { return type + word(value.size()) + value; }

std::string with_checksum(const std::string& others) {
  std::string header = binary('\x21', '\x11', kFour + others + extension('\x03', std::string(4, '\0')));
  const std::uint32_t sum = larder::arm::crc32c(header.data(), header.size());
  return header.substr(0, header.size() - 4) + word(sum >> 16) + word(sum & 0xffff);
}

void expect_client(const std::string& header, const std::string& address, int port) {
  INFO(header);
  const ProxyHeader parsed = parse_proxy_header(header + kRequest);
  INFO(parsed.mistake);
  REQUIRE(parsed.state == ProxyHeader::State::complete);
  CHECK(parsed.size == header.size());
  REQUIRE(parsed.client);
  CHECK(parsed.client->text() == address);
  CHECK(parsed.client->port == port);
}

void expect_nobody(const std::string& header) {
  INFO(header);
  const ProxyHeader parsed = parse_proxy_header(header + kRequest);
  REQUIRE(parsed.state == ProxyHeader::State::complete);
  CHECK(parsed.size == header.size());
  CHECK_FALSE(parsed.client);
}

void expect_mistake(const std::string& header) {
  INFO(header);
  const ProxyHeader parsed = parse_proxy_header(header);
  CHECK(parsed.state == ProxyHeader::State::malformed);
  CHECK_FALSE(parsed.mistake.empty());
}

}  // namespace

TEST_CASE("A line names a client of IPv4 or IPv6") {
  expect_client("PROXY TCP4 198.51.100.7 192.0.2.1 4711 80\r\n", "198.51.100.7", 4711);
  expect_client("PROXY TCP6 2001:db8::7 2001:db8::1 0 65535\r\n", "2001:db8::7", 0);
  expect_client("PROXY TCP6 ::ffff:198.51.100.7 ::1 4711 80\r\n", "198.51.100.7", 4711);
  expect_client(
      "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535);
}

TEST_CASE("A line may say that the client is unknown, and whatever it likes then") {
  expect_nobody("PROXY UNKNOWN\r\n");
  expect_nobody("PROXY UNKNOWN ffff::1 anything at all\r\n");
}

TEST_CASE("A line that is wrong in any way is a mistake") {
  for (const char* line : {"PROXY TCP5 198.51.100.7 192.0.2.1 4711 80\r\n",
                           "PROXY TCP4\r\n",
                           "PROXY TCP4 \r\n",
                           "PROXY \r\n",
                           "PROXY UNKNOWNS\r\n",
                           "PROXY tcp4 198.51.100.7 192.0.2.1 4711 80\r\n",
                           "PROXY TCP4 198.51.100.7 192.0.2.1 4711\r\n",
                           "PROXY TCP4 198.51.100.7 192.0.2.1 4711 80 81\r\n",
                           "PROXY TCP4 198.51.100.7 192.0.2.1 4711 80 \r\n",
                           "PROXY TCP4  198.51.100.7 192.0.2.1 4711 80\r\n",
                           "PROXY TCP4 198.51.100.7 192.0.2.1 65536 80\r\n",
                           "PROXY TCP4 198.51.100.7 192.0.2.1 4711 99999\r\n",
                           "PROXY TCP4 198.51.100.7 192.0.2.1 -1 80\r\n",
                           "PROXY TCP4 198.51.100.7 192.0.2.1 04711 80\r\n",
                           "PROXY TCP4 198.51.100.7 192.0.2.1 http 80\r\n",
                           "PROXY TCP4 198.51.100.256 192.0.2.1 4711 80\r\n",
                           "PROXY TCP4 198.51.100.7 nowhere 4711 80\r\n",
                           "PROXY TCP4 2001:db8::7 2001:db8::1 4711 80\r\n",
                           "PROXY TCP6 198.51.100.7 192.0.2.1 4711 80\r\n",
                           "PROXY TCP6 [2001:db8::7] 2001:db8::1 4711 80\r\n",
                           "PROXY TCP6 2001:db8::7%eth0 2001:db8::1 4711 80\r\n",
                           "PROXY TCP4 198.51.100.7 192.0.2.1 4711 80\n\r\n"})
    expect_mistake(line);
  expect_mistake("PROXY TCP4 198.51.100.7\0 192.0.2.1 4711 80\r\n"s);
  expect_mistake("PROXY UNKNOWN " + std::string(200, 'x') + "\r\n");
  expect_mistake("PROXY " + std::string(101, 'x'));
}

TEST_CASE("What is no header is a mistake at its first wrong byte") {
  expect_mistake("G");
  expect_mistake("PROXX");
  expect_mistake("PROXY\tTCP4");
  expect_mistake("\r\n\r\n\0\r\nQUIZ"s);
  expect_mistake("\n");
}

TEST_CASE("A binary header names a client of IPv4 or IPv6") {
  expect_client(binary('\x21', '\x11', kFour), "198.51.100.7", 4711);
  expect_client(binary('\x21', '\x21', kSix), "2001:db8::7", 4711);
  const std::string mapped =
      std::string(10, '\0') + "\xff\xff\xC6\x33\x64\x07" + std::string(16, '\0') + word(1) + word(2);
  expect_client(binary('\x21', '\x21', mapped), "198.51.100.7", 1);
}

TEST_CASE("A balancer that speaks for itself, or for a client without an address, names nobody") {
  expect_nobody(binary('\x20', '\x00', ""));
  expect_nobody(binary('\x20', '\x11', kFour));
  expect_nobody(binary('\x21', '\x00', ""));
  expect_nobody(binary('\x21', '\x31', std::string(216, 'u')));
}

TEST_CASE("Extensions are read over, and one of them tells of TLS") {
  const std::string name = extension('\x02', "larder.test");
  CHECK_FALSE(parse_proxy_header(binary('\x21', '\x11', kFour + name)).tls);
  expect_client(binary('\x21', '\x11', kFour + name + extension('\x04', "")), "198.51.100.7", 4711);
  const std::string over_tls = extension('\x20', "\x01\0\0\0\0"s), plain = extension('\x20', "\x00\0\0\0\0"s);
  CHECK(parse_proxy_header(binary('\x21', '\x11', kFour + name + over_tls)).tls);
  CHECK_FALSE(parse_proxy_header(binary('\x21', '\x11', kFour + plain)).tls);
  CHECK_FALSE(parse_proxy_header(binary('\x20', '\x11', kFour + over_tls)).tls);
}

TEST_CASE("A checksum is checked") {
  expect_client(with_checksum(extension('\x02', "larder.test")), "198.51.100.7", 4711);
  std::string damaged = with_checksum(extension('\x02', "larder.test"));
  damaged[17] ^= 1;
  expect_mistake(damaged);
  expect_mistake(binary('\x21', '\x11', kFour + extension('\x03', "abc")));
}

TEST_CASE("A binary header that is wrong in any way is a mistake") {
  expect_mistake(binary('\x11', '\x11', kFour));                                 // version
  expect_mistake(binary('\x22', '\x11', kFour));                                 // command
  expect_mistake(binary('\x21', '\x12', kFour));                                 // datagrams
  expect_mistake(binary('\x21', '\x41', kFour));                                 // family
  expect_mistake(binary('\x21', '\x11', kFour.substr(1)));                       // addresses cut off
  expect_mistake(binary('\x21', '\x21', kFour));                                 // ... and of the other family
  expect_mistake(binary('\x21', '\x31', std::string(215, 'u')));                 //
  expect_mistake(binary('\x21', '\x11', kFour + "\x02"));                        // an extension cut off
  expect_mistake(binary('\x21', '\x11', kFour + "\x02" + word(5) + "four"));     //
  expect_mistake(binary('\x21', '\x11', kFour + extension('\x20', "\x01\0"s)));  //
  expect_mistake(binary('\x21', '\x11', kFour + extension('\x02', std::string(5000, 'x'))));
}

TEST_CASE("Of half a header nothing is said but that more must come") {
  for (const std::string& header :
       {"PROXY TCP6 2001:db8::7 2001:db8::1 4711 80\r\n"s, "PROXY UNKNOWN\r\n"s, binary('\x21', '\x11', kFour),
        binary('\x21', '\x21', kSix), with_checksum(extension('\x02', "larder.test")), binary('\x20', '\x00', "")})
    for (std::size_t size = 0; size < header.size(); ++size) {
      INFO(header << " cut at " << size);
      REQUIRE(parse_proxy_header(header.substr(0, size)).state == ProxyHeader::State::incomplete);
    }
}

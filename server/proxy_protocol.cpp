#include "server/proxy_protocol.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>

#include "arm/crc32c.h"

namespace larder::server {
namespace {

using namespace std::string_view_literals;
using State = ProxyHeader::State;

constexpr std::string_view kSignature1 = "PROXY ";
constexpr std::string_view kSignature2 = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t kLongestLine = 107;
constexpr std::size_t kFixed2 = 16;  // signature, version and command, family, length
constexpr std::uint8_t kTypeCrc32c = 0x03, kTypeSsl = 0x20, kClientSsl = 0x01;

ProxyHeader malformed(std::string_view mistake) {
  ProxyHeader header;
  header.state = State::malformed;
  header.mistake = mistake;
  return header;
}

ProxyHeader complete(std::size_t size, std::optional<Endpoint> client) {
  ProxyHeader header;
  header.state = State::complete;
  header.size = size;
  header.client = client;
  return header;
}

// --- Version 1 ------------------------------------------------------------------------------------------------------

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || (text.size() > 1 && text[0] == '0'))
    return std::nullopt;
  return port;
}

// The address alone, in the usual form.
std::optional<Endpoint> parse_address(Endpoint::Family family, std::string_view text, std::uint16_t port) {
  const std::string terminated(text);
  std::array<char, 16> bytes{};
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  if (::inet_pton(family == Endpoint::Family::ipv6 ? AF_INET6 : AF_INET, terminated.c_str(), bytes.data()) != 1)
    return std::nullopt;
  return Endpoint::from_network(family, {bytes.data(), bytes.size()}, port);
}

// "SOURCE DESTINATION SOURCE-PORT DESTINATION-PORT", one blank between.
std::optional<Endpoint> parse_addresses(Endpoint::Family family, std::string_view text) {
  std::array<std::string_view, 4> words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto blank = text.find(' ');
    if ((blank == std::string_view::npos) != (i + 1 == words.size())) return std::nullopt;
    words[i] = text.substr(0, blank);
    text = blank == std::string_view::npos ? std::string_view{} : text.substr(blank + 1);
  }
  const auto source_port = parse_port(words[2]), destination_port = parse_port(words[3]);
  if (!source_port || !destination_port || !parse_address(family, words[1], 0)) return std::nullopt;
  return parse_address(family, words[0], *source_port);
}

ProxyHeader parse_line(std::string_view bytes) {
  const auto end = bytes.substr(0, kLongestLine).find("\r\n");
  if (end == std::string_view::npos)
    return bytes.size() >= kLongestLine ? malformed("a line without an end within 107 bytes") : ProxyHeader{};
  const std::string_view line = bytes.substr(kSignature1.size(), end - kSignature1.size());
  const std::size_t size = end + 2;
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return complete(size, std::nullopt);
  const bool four = line.starts_with("TCP4 ");
  if (!four && !line.starts_with("TCP6 ")) return malformed("a protocol other than TCP4, TCP6 and UNKNOWN");
  const auto client = parse_addresses(four ? Endpoint::Family::ipv4 : Endpoint::Family::ipv6, line.substr(5));
  return client ? complete(size, client) : malformed("addresses or ports that are none");
}

// --- Version 2 ------------------------------------------------------------------------------------------------------

std::uint8_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }
std::uint16_t word_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

struct Block {  // of addresses
  std::size_t size = 0;
  Endpoint::Family family = Endpoint::Family::unknown;
};

std::optional<Block> block_of(std::uint8_t family_and_protocol) {
  switch (family_and_protocol) {
    case 0x00:
      return Block{};
    case 0x11:
      return Block{12, Endpoint::Family::ipv4};
    case 0x21:
      return Block{36, Endpoint::Family::ipv6};
    case 0x31:
      return Block{216, Endpoint::Family::unix_socket};
    default:
      return std::nullopt;  // datagrams, and what is not invented yet
  }
}

// `bytes`: source, destination, source port, destination port.
std::optional<Endpoint> source_of(std::string_view bytes, Endpoint::Family family) {
  if (family == Endpoint::Family::ipv6) return Endpoint::from_network(family, bytes, word_at(bytes, 32));
  if (family == Endpoint::Family::ipv4) return Endpoint::from_network(family, bytes, word_at(bytes, 8));
  return std::nullopt;
}

// The checksum is of the whole header with zeros in its own place.
bool checksum_is_right(std::string_view header, std::size_t at) {
  std::string zeroed(header);
  std::fill_n(zeroed.begin() + static_cast<std::ptrdiff_t>(at), 4, '\0');
  const std::uint32_t said = std::uint32_t{word_at(header, at)} << 16 | word_at(header, at + 2);
  return arm::crc32c(zeroed.data(), zeroed.size()) == said;
}

// The extensions behind the addresses. Empty: nothing wrong with them.
std::string_view read_extensions(std::string_view header, std::size_t at, bool& tls) {
  while (at < header.size()) {
    if (header.size() - at < 3) return "an extension that is cut off";
    const std::uint8_t type = byte_at(header, at);
    const std::size_t length = word_at(header, at + 1), value = at + 3;
    if (header.size() - value < length) return "an extension that is cut off";
    if (type == kTypeCrc32c && (length != 4 || !checksum_is_right(header, value))) return "a wrong checksum";
    if (type == kTypeSsl) {
      if (length < 5) return "an extension for TLS that is cut off";
      tls = (byte_at(header, value) & kClientSsl) != 0;
    }
    at = value + length;
  }
  return {};
}

ProxyHeader parse_binary(std::string_view bytes) {
  if (bytes.size() < kFixed2) return {};
  const std::uint8_t command = byte_at(bytes, 12);
  if (command != 0x20 && command != 0x21) return malformed("a version or command that does not exist");
  const auto block = block_of(byte_at(bytes, 13));
  if (!block) return malformed("a family or protocol other than TCP and Unix streams");
  const std::size_t size = kFixed2 + word_at(bytes, 14);
  if (size > kLargestProxyHeader) return malformed("a header of more than 4096 bytes");
  if (size < kFixed2 + block->size) return malformed("addresses that are cut off");
  if (bytes.size() < size) return {};
  bool tls = false;
  const std::string_view mistake = read_extensions(bytes.substr(0, size), kFixed2 + block->size, tls);
  if (!mistake.empty()) return malformed(mistake);
  const bool local = command == 0x20;
  const auto client = local ? std::nullopt : source_of(bytes.substr(kFixed2, block->size), block->family);
  ProxyHeader header = complete(size, client);
  header.tls = tls && !local;
  return header;
}

bool could_be(std::string_view bytes, std::string_view signature) {
  const std::size_t common = std::min(bytes.size(), signature.size());
  return bytes.substr(0, common) == signature.substr(0, common);
}

}  // namespace

ProxyHeader parse_proxy_header(std::string_view bytes) {
  if (could_be(bytes, kSignature2)) return bytes.size() < kSignature2.size() ? ProxyHeader{} : parse_binary(bytes);
  if (could_be(bytes, kSignature1)) return bytes.size() < kSignature1.size() ? ProxyHeader{} : parse_line(bytes);
  return malformed("something that is no PROXY header");
}

}  // namespace larder::server

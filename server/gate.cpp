#include "server/gate.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "base/field.h"

namespace larder::server {
namespace {

using Verdict = std::optional<Refusal>;

// A browser sends about 20 fields, a chain of proxies adds as many. The bound keeps everything that walks the list
// cheap.
constexpr std::size_t kMaxFields = 128;
constexpr std::size_t kMaxHost = 255;  // longer than any name DNS can hold

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

// Whether one of the four characters there is one, with the usual tricks of bits: a byte below n borrows from its
// highest bit when n is taken from it.
bool holds_control(const char* four) {
  constexpr std::uint32_t kEach = 0x01010101, kHighest = 0x80808080;
  std::uint32_t bytes = 0;
  std::memcpy(&bytes, four, sizeof bytes);
  const std::uint32_t no_delete = bytes ^ (0x7f * kEach);  // zero where there is one
  return (((bytes - 0x20 * kEach) & ~bytes) | ((no_delete - kEach) & ~no_delete)) & kHighest;
}

// RFC 9110 5.6.2; looked up for every byte of every field name.
constexpr std::array<bool, 256> kTokenCharacter = [] {
  std::array<bool, 256> allowed{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) allowed[static_cast<unsigned char>(c)] = true;
  for (unsigned c = 0; c < 128; ++c) allowed[c] = allowed[c] || is_alnum(static_cast<char>(c));
  return allowed;
}();

bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

// HTTP/1.2 to 1.9 are read as 1.1, as RFC 9110 section 2.5 asks.
bool is_http_1_0(const RequestHead& head) { return head.version == "HTTP/1.0"; }

Verdict check_layout(const RequestHead& head) {
  if (!head.clean_layout) return Refusal{400, "malformed request head"};
  return std::nullopt;
}

Verdict check_method_token(const RequestHead& head) {
  if (!is_token(head.method)) return Refusal{400, "malformed method"};
  return std::nullopt;
}

Verdict check_version(const RequestHead& head) {
  const std::string_view version = head.version;
  if (version.size() != 8 || !version.starts_with("HTTP/") || !is_digit(version[5]) || version[6] != '.' ||
      !is_digit(version[7]))
    return Refusal{400, "malformed HTTP version"};
  if (version[5] != '1') return Refusal{505, "HTTP version not supported"};
  return std::nullopt;
}

bool starts_with_scheme(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (equals_ignoring_case(target.substr(0, scheme.size()), scheme)) return true;
  return false;
}

Verdict check_target_form(const RequestHead& head) {
  const std::string_view target = head.target;
  if (target.empty()) return Refusal{400, "empty request target"};
  if (target == "*") {
    if (head.method != "OPTIONS") return Refusal{400, "'*' is a target of OPTIONS only"};
  } else if (target[0] != '/' && !starts_with_scheme(target)) {
    // CONNECT alone has a target of this form, and deserves the answer that names the real reason.
    if (head.method == "CONNECT") return Refusal{405, "CONNECT is not offered"};
    return Refusal{400, "request target is neither a path nor an http URL"};
  }
  return std::nullopt;
}

// The fields that the gate has an opinion on, found in one walk over all of them.
struct Found {
  struct Field {
    unsigned count = 0;
    std::string_view value;  // of the last
    void see(std::string_view one_more) { ++count, value = one_more; }
  };
  Field host, length, encoding;
  bool unknown_expectation = false;
};

Verdict check_fields(const RequestHead& head, Found& found) {
  if (head.fields.size() > kMaxFields) return Refusal{431, "too many header fields"};
  for (const FieldView& field : head.fields) {
    if (!is_token(field.name)) return Refusal{400, "malformed header field name"};
    if (!is_field_value(field.value)) return Refusal{400, "control character in a header field"};
    switch (field.known) {
      case FieldName::host:
        found.host.see(field.value);
        break;
      case FieldName::content_length:
        found.length.see(field.value);
        break;
      case FieldName::transfer_encoding:
        found.encoding.see(field.value);
        break;
      case FieldName::expect:
        if (!equals_ignoring_case(field.value, "100-continue")) found.unknown_expectation = true;
        break;
      default:
        break;
    }
  }
  return std::nullopt;
}

Verdict check_host(const RequestHead& head, const Found& found) {
  if (found.host.count > 1) return Refusal{400, "more than one Host field"};
  if (found.host.count == 0) {
    if (is_http_1_0(head)) return std::nullopt;
    return Refusal{400, "Host field missing"};
  }
  if (!is_host(found.host.value)) return Refusal{400, "malformed Host field"};
  return std::nullopt;
}

Verdict check_length(std::string_view digits, Framing& framing) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
  if (!all_digits(digits)) return Refusal{400, "malformed Content-Length"};
  std::uint64_t length = 0;
  for (const char c : digits) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (length > (kLargest - digit) / 10) return Refusal{400, "Content-Length too large to be meant"};
    length = length * 10 + digit;
  }
  framing.length = length;
  return std::nullopt;
}

// RFC 9112 section 6: the body is none, of a known length, or chunked, and there is only one way to read which.
Verdict check_framing(const RequestHead& head, const Found& found, Framing& framing) {
  if (found.length.count > 1) return Refusal{400, "more than one Content-Length field"};
  if (found.encoding.count > 1) return Refusal{400, "more than one Transfer-Encoding field"};
  if (found.length.count == 1 && found.encoding.count == 1)
    return Refusal{400, "Content-Length with Transfer-Encoding"};
  if (found.encoding.count == 1) {
    if (is_http_1_0(head)) return Refusal{400, "Transfer-Encoding in HTTP/1.0"};
    if (!equals_ignoring_case(found.encoding.value, "chunked"))
      return Refusal{400, "Transfer-Encoding other than chunked"};
    framing.chunked = true;
  }
  return found.length.count == 1 ? check_length(found.length.value, framing) : std::nullopt;
}

Verdict check_method_known(const RequestHead& head) {
  if (head.method == "GET") return std::nullopt;
  constexpr std::array<std::string_view, 7> kKnown = {"HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PURGE"};
  if (head.method == "TRACE" || head.method == "CONNECT") return Refusal{405, "TRACE and CONNECT are not offered"};
  if (std::find(kKnown.begin(), kKnown.end(), head.method) == kKnown.end()) return Refusal{501, "unknown method"};
  return std::nullopt;
}

bool is_port(std::string_view text) {
  if (text.empty()) return true;
  if (!all_digits(text) || text.size() > 5) return false;
  unsigned port = 0;
  for (const char c : text) port = port * 10 + static_cast<unsigned>(c - '0');
  return port <= 65535;
}

// Narrower than the reg-name of RFC 3986, which also allows escapes and sub-delims: no name of the DNS or of a hosts
// file has them, and a comma, quote or "%00" in HTTP_HOST is a gift to whoever attacks a script.
constexpr std::array<bool, 256> kNameCharacter = [] {
  std::array<bool, 256> allowed{};
  for (unsigned c = 0; c < 128; ++c) allowed[c] = is_alnum(static_cast<char>(c)) || c == '-' || c == '_' || c == '~';
  return allowed;
}();

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxHost) return false;
  bool in_label = false;
  for (const char c : text) {
    if (kNameCharacter[static_cast<unsigned char>(c)])
      in_label = true;
    else if (c == '.' && in_label)
      in_label = false;  // an empty label is none
    else
      return false;
  }
  return true;
}

bool is_ipv6(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return false;
  in6_addr address{};
  return ::inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return kTokenCharacter[static_cast<unsigned char>(c)]; });
}

// Four characters at a time: in most values none is a control character.
bool is_field_value(std::string_view text) {
  const auto is_bad = [](char c) { return is_control(c) && c != '\t'; };
  for (; text.size() >= sizeof(std::uint32_t); text.remove_prefix(sizeof(std::uint32_t)))
    if (holds_control(text.data()) && std::any_of(text.begin(), text.begin() + sizeof(std::uint32_t), is_bad))
      return false;
  return std::none_of(text.begin(), text.end(), is_bad);
}

bool is_host(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1))) return false;
    const auto rest = text.substr(close + 1);
    return rest.empty() || (rest[0] == ':' && is_port(rest.substr(1)));
  }
  const auto colon = text.find(':');
  return is_name(text.substr(0, colon)) && (colon == std::string_view::npos || is_port(text.substr(colon + 1)));
}

Gated gate(const RequestHead& head, std::uint64_t max_body) {
  Gated gated;
  Found found;
  // Malformed heads first: their 400 must not depend on whether we like the method.
  for (const auto check : {check_layout, check_method_token, check_version})
    if ((gated.refusal = check(head))) return gated;
  if ((gated.refusal = check_fields(head, found))) return gated;
  if ((gated.refusal = check_target_form(head))) return gated;
  if ((gated.refusal = check_host(head, found))) return gated;
  if ((gated.refusal = check_framing(head, found, gated.framing))) return gated;
  if ((gated.refusal = check_method_known(head))) return gated;
  if (found.unknown_expectation) {
    gated.refusal = Refusal{417, "unknown expectation"};
  } else if (gated.framing.length > max_body) {
    gated.refusal = Refusal{413, "request body too large"};
  }
  return gated;
}

}  // namespace larder::server

#include "server/target.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/field.h"

namespace larder::server {
namespace {

constexpr std::size_t kMaxTarget = 8192;  // bytes; what servers agree to accept

constexpr bool is_unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}
constexpr bool is_pchar(unsigned char c) {
  constexpr std::string_view kSubDelims = "!$&'()*+,;=:@";
  return is_unreserved(c) || (c != 0 && kSubDelims.find(static_cast<char>(c)) != std::string_view::npos);
}
constexpr bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The byte that the escape at `at` stands for, or -1 when it is no escape.
int escaped_byte(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size()) return -1;
  const int high = hex_value(text[at + 1]), low = hex_value(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void append_escaped(std::string& to, unsigned char byte) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  to += '%';
  to += kHex[byte >> 4];
  to += kHex[byte & 15];
}

// Length of the well-formed UTF-8 sequence (RFC 3629: shortest form, no surrogates) that begins `text`, or 0. Control
// characters beyond ASCII (U+0080 to U+009F) count as malformed.
std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const unsigned char second = byte(1);
  const bool control = lead == 0xc2 && second < 0xa0;
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool surrogate = lead == 0xed && second >= 0xa0;
  const bool beyond_unicode = lead == 0xf4 && second >= 0x90;
  return control || overlong || surrogate || beyond_unicode ? 0 : length;
}

bool is_clean_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// Every byte in its one way to be written (RFC 3986 section 6.2.2), still with its dot segments. False: a bad escape or
// a forbidden character.
bool canonical_escapes(std::string_view raw, std::string& canonical, std::string& decoded) {
  for (std::size_t i = 0; i < raw.size(); ++i) {
    auto byte = static_cast<unsigned char>(raw[i]);
    const bool escaped = byte == '%';
    if (escaped) {
      const int value = escaped_byte(raw, i);
      if (value < 0) return false;
      byte = static_cast<unsigned char>(value);
      i += 2;
    }
    if (is_control(byte)) return false;
    const bool plain = escaped ? is_unreserved(byte) : is_pchar(byte) || byte == '/';
    if (plain)
      canonical += static_cast<char>(byte);
    else
      append_escaped(canonical, byte);
    decoded += static_cast<char>(byte);
  }
  return is_clean_utf8(decoded);
}

bool holds_escaped_separator(std::string_view canonical) {
  return canonical.find("%2F") != std::string_view::npos || canonical.find("%5C") != std::string_view::npos;
}

// True when ".." stands alone between separators of any kind.
bool holds_parent_segment(std::string_view decoded) {
  while (true) {
    const auto end = decoded.find_first_of("/\\");
    if (decoded.substr(0, end) == "..") return true;
    if (end == std::string_view::npos) return false;
    decoded.remove_prefix(end + 1);
  }
}

// RFC 3986 section 5.2.4, with doubled slashes removed first, as the file system would. False: climbs out of the root.
bool remove_dot_segments(std::string_view path, std::string& to) {
  std::vector<std::string_view> kept;
  bool ends_in_slash = true;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    ends_in_slash = segment.empty() || segment == "." || segment == "..";
    if (segment == "..") {
      if (kept.empty()) return false;
      kept.pop_back();
    } else if (!ends_in_slash) {
      kept.push_back(segment);
    }
  }
  for (const auto segment : kept) to.append("/").append(segment);
  if (ends_in_slash || kept.empty()) to += '/';
  return true;
}

// Decodes once. An escaped separator stays an escape, so that it can never become one.
std::string decode_once(std::string_view canonical) {
  std::string decoded;
  decoded.reserve(canonical.size());
  for (std::size_t i = 0; i < canonical.size(); ++i) {
    const int value = canonical[i] == '%' ? escaped_byte(canonical, i) : -1;
    if (value < 0 || value == '/' || value == '\\') {
      decoded += canonical[i];
    } else {
      decoded += static_cast<char>(value);
      i += 2;
    }
  }
  return decoded;
}

// Whether a byte may stand in a path as it is, by its value; looked up for every byte of every request.
constexpr std::array<bool, 256> kPlainInPath = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = 0; c < 256; ++c) plain[c] = c == '/' || is_pchar(static_cast<unsigned char>(c));
  return plain;
}();

// How far the target is a path that is its own normal form and its own decoded form: up to the query or the end in
// nearly every request.
std::size_t normal_part(std::string_view raw) {
  std::size_t at = 0;
  for (; at < raw.size(); ++at) {
    if (!kPlainInPath[static_cast<unsigned char>(raw[at])]) break;
    if (raw[at] == '/' && at + 1 < raw.size() && (raw[at + 1] == '/' || raw[at + 1] == '.')) break;
  }
  return at;
}

std::optional<Refusal> parse_path(std::string_view raw, Target& target) {
  std::string canonical, decoded;
  canonical.reserve(raw.size());
  decoded.reserve(raw.size());
  if (!canonical_escapes(raw, canonical, decoded)) return Refusal{400, "forbidden character or escape in the path"};
  target.ambiguous = holds_escaped_separator(canonical);
  // Beside an escaped separator no two programs agree on what ".." leaves, so nobody is asked.
  if (target.ambiguous && holds_parent_segment(decoded)) return Refusal{400, "'..' beside an escaped slash"};
  auto own = std::make_unique<Target::Paths>();
  if (!remove_dot_segments(canonical, own->path)) return Refusal{400, "path climbs out of the root"};
  own->file_path = decode_once(own->path);
  target.path = own->path;
  target.file_path = own->file_path;
  target.own_paths = std::move(own);
  return std::nullopt;
}

// Takes "http://host:port" off the front of `rest`.
std::optional<Refusal> parse_origin(std::string_view& rest, Target& target) {
  for (const std::string_view scheme : {"http", "https"})
    if (rest.size() > scheme.size() && equals_ignoring_case(rest.substr(0, scheme.size()), scheme) &&
        rest.substr(scheme.size()).starts_with("://"))
      target.scheme = scheme;
  if (target.scheme.empty()) return Refusal{400, "request target is neither a path nor an http URL"};
  rest.remove_prefix(target.scheme.size() + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  if (!is_host(authority)) return Refusal{400, "malformed host in the request target"};
  target.authority = authority;
  rest.remove_prefix(authority.size());
  return std::nullopt;
}

constexpr std::array<bool, 256> kForbidden = [] {
  std::array<bool, 256> forbidden{};
  for (unsigned c = 0; c < 256; ++c) forbidden[c] = is_control(static_cast<unsigned char>(c)) || c == ' ' || c == '#';
  return forbidden;
}();

// `normal` characters at the beginning are known to be allowed.
std::optional<Refusal> check_characters(std::string_view raw, std::size_t normal) {
  if (raw.empty()) return Refusal{400, "empty request target"};
  if (raw.size() > kMaxTarget) return Refusal{414, "request target too long"};
  for (const char c : raw.substr(normal))
    if (kForbidden[static_cast<unsigned char>(c)]) return Refusal{400, "forbidden character in the request target"};
  return std::nullopt;
}

// `rest` is what follows the path.
void take_query(std::string_view rest, Target& target) {
  if (rest.empty()) return;
  target.has_query = true;
  target.query = rest.substr(1);
}

}  // namespace

std::string with_query(const Target& target, std::string_view path) {
  std::string all(path);
  if (target.has_query) all.append("?").append(target.query);
  return all;
}

ParsedTarget parse_target(std::string_view raw, std::string_view method) {
  ParsedTarget parsed;
  Target& target = parsed.target;
  const std::size_t normal = normal_part(raw);
  if ((parsed.refusal = check_characters(raw, normal))) return parsed;
  std::string_view rest = raw;
  if (rest[0] == '/' && (normal == raw.size() || raw[normal] == '?')) {
    target.path = target.file_path = raw.substr(0, normal);
    take_query(raw.substr(normal), target);
    return parsed;
  }
  if (rest[0] != '/' && rest != "*" && (parsed.refusal = parse_origin(rest, target))) return parsed;
  // RFC 9112 section 3.2.4: OPTIONS of a URL without path asks about the server, as '*' does.
  if (rest == "*" || (rest.empty() && method == "OPTIONS")) {
    if (method != "OPTIONS") parsed.refusal = Refusal{400, "'*' is a target of OPTIONS only"};
    target.asterisk = true;
    target.path = "*";
    return parsed;
  }
  const auto path = rest.substr(0, rest.find('?'));
  take_query(rest.substr(path.size()), target);
  parsed.refusal = parse_path(path.empty() ? "/" : path, target);
  return parsed;
}

}  // namespace larder::server

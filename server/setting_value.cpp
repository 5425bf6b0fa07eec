#include "server/setting_value.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/field.h"

namespace larder::server {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array<Unit, 4> kSizeUnits = {{{"", 1}, {"K", kKiB}, {"M", kMiB}, {"G", kGiB}}};
constexpr std::array<Unit, 5> kTimeUnits = {
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";

bool only(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), ascii_lower);
  return result;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The whole text as a number; nullopt when it is none or does not fit 64 bits.
std::optional<std::uint64_t> to_number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failure != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

template <std::size_t N>
std::string format_with(const std::array<Unit, N>& units, std::uint64_t value) {
  const Unit* best = &units.front();
  for (const Unit& unit : units)
    if (value != 0 && value % unit.factor == 0) best = &unit;
  return fmt::format("{}{}", value / best->factor, best->name);
}

// A number that was too large even for 64 bits is nullopt, and out of every range.
bool in_range(std::optional<std::uint64_t> value, Range range) {
  return value && *value >= range.min && *value <= range.max;
}

// "10m" in the smallest unit. `accepted` says which units there are, for the complaint.
template <std::size_t N>
Result<std::uint64_t> parse_with(const std::array<Unit, N>& units, std::string_view text, Range range,
                                 std::string_view accepted) {
  const std::string_view digits = text.substr(0, text.find_first_not_of(kDigits));
  if (digits.empty()) return Error{fmt::format("not a whole number with a unit; write {}", accepted)};
  const std::string_view name = trim(text.substr(digits.size()));
  const auto unit =
      std::find_if(units.begin(), units.end(), [&](const Unit& u) { return equals_ignoring_case(u.name, name); });
  if (unit == units.end())
    return Error{fmt::format(
        "{}; write {}", name.empty() ? "the unit is missing" : fmt::format("unknown unit \"{}\"", name), accepted)};
  auto value = to_number(digits);
  if (value && *value > UINT64_MAX / unit->factor) value.reset();
  if (value) *value *= unit->factor;
  if (!in_range(value, range))
    return Error{fmt::format("out of range: {} to {}", format_with(units, range.min), format_with(units, range.max))};
  return *value;
}

bool is_numeric_host(const std::string& host, int family) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(family, host.c_str(), bytes.data()) == 1;
}

Result<std::uint16_t> parse_port(std::string_view text) {
  const auto port = to_number(text);
  if (!in_range(port, {0, 65535})) return Error{fmt::format("\"{}\" is no port; ports are 0 to 65535", text)};
  return static_cast<std::uint16_t>(*port);
}

Result<ListenAddress> with_port(std::string host, std::string_view port) {
  ListenAddress address;
  address.host = std::move(host);
  if (port.empty()) return address;  // the default port
  auto number = parse_port(port);
  if (!number) return number.error();
  address.port = *number;
  return address;
}

Error not_an_address(std::string_view text) {
  return Error{
      fmt::format("\"{}\" is no address to listen on; write [::]:80, 0.0.0.0:8080, 8080 or unix:/run/x.sock", text)};
}

Result<ListenAddress> parse_unix_listen(std::string_view path) {
  if (!path.starts_with('/')) return Error{"the path of a Unix socket begins with \"/\": unix:/run/larder/http.sock"};
  constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kLongest) return Error{fmt::format("a Unix socket's path has at most {} bytes", kLongest)};
  ListenAddress address;
  address.unix_path = path;
  return address;
}

// The fields of a response that Larder writes itself; a second one would contradict it.
constexpr std::array<std::string_view, 10> kOwnFields = {
    "connection", "content-length", "transfer-encoding", "date",       "server",
    "age",        "cache-status",   "x-served-by",       "keep-alive", "upgrade"};

Result<std::pair<std::string, std::string>> parse_header(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return Error{fmt::format("\"{}\" is no header; write Name: value", text)};
  const std::string name(trim(text.substr(0, colon)));
  const std::string lowered = lower(name);
  constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";  // RFC 9110 section 5.6.2
  if (name.empty() || !only(lowered, std::string(kLetters).append(kDigits).append(kTokenMarks)))
    return Error{fmt::format("\"{}\" is no header name", name)};
  if (std::find(kOwnFields.begin(), kOwnFields.end(), lowered) != kOwnFields.end())
    return Error{fmt::format("Larder sends {} itself; it cannot be set here", name)};
  auto value = parse_printable(trim(text.substr(colon + 1)));
  if (!value) return value.error();
  return std::pair{name, std::move(*value)};
}

// Every word through one function; its first error is the error of the whole.
template <class T, class Parse>
Result<std::vector<T>> each_word(std::string_view text, Parse parse) {
  std::vector<T> values;
  for (const std::string& word : split_words(text)) {
    Result<T> value = parse(word);
    if (!value) return value.error();
    values.push_back(std::move(*value));
  }
  return values;
}

}  // namespace

Result<unsigned> parse_number(std::string_view text, Range range) {
  if (text.empty() || !only(text, kDigits)) return Error{"not a whole number"};
  const auto value = to_number(text);
  if (!in_range(value, range)) return Error{fmt::format("out of range: {} to {}", range.min, range.max)};
  return static_cast<unsigned>(*value);
}

Result<std::uint64_t> parse_size(std::string_view text, Range range) {
  return parse_with(kSizeUnits, text, range, "bytes, or K, M, G (64M)");
}

Result<Millis> parse_duration(std::string_view text, Range range) {
  auto value = parse_with(kTimeUnits, text, range, "ms, s, m, h or d (30s)");
  if (!value) return value.error();
  return static_cast<Millis>(*value);
}

std::string format_size(std::uint64_t bytes) { return format_with(kSizeUnits, bytes); }
std::string format_duration(std::uint64_t millis) { return format_with(kTimeUnits, millis); }

std::vector<std::string> split_words(std::string_view text) {
  constexpr std::string_view kSeparators = " \t,";
  std::vector<std::string> words;
  for (std::size_t at = text.find_first_not_of(kSeparators); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kSeparators, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(kSeparators, end);
  }
  return words;
}

Result<std::vector<Network>> parse_networks(std::string_view text) {
  return each_word<Network>(text, [](const std::string& word) { return Network::parse(word); });
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  if (text.starts_with("unix:")) return parse_unix_listen(text.substr(5));
  if (!text.empty() && only(text, kDigits)) return with_port("", text);
  const auto colon = text.rfind(':');
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) return not_an_address(text);
    const std::string host(text.substr(1, bracket - 1));
    const std::string_view rest = text.substr(bracket + 1);
    const bool port_follows = rest.size() > 1 && rest.front() == ':';
    if (!is_numeric_host(host, AF_INET6) || !(rest.empty() || port_follows)) return not_an_address(text);
    return with_port(host, port_follows ? rest.substr(1) : rest);
  }
  const std::string host(text.substr(0, colon));
  if (!is_numeric_host(host, AF_INET) || text.ends_with(':')) return not_an_address(text);
  return with_port(host, colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1));
}

Result<std::vector<ListenAddress>> parse_listen(std::string_view text) {
  if (split_words(text).empty()) return Error{"needs at least one address, [::]:80 for example"};
  return each_word<ListenAddress>(text, parse_listen_address);
}

Result<std::vector<std::string>> parse_paths(std::string_view text) {
  return each_word<std::string>(text, [](const std::string& word) -> Result<std::string> {
    if (word.front() != '/' && word.front() != '*') return Error{fmt::format("\"{}\" does not begin with \"/\"", word)};
    return word;
  });
}

Result<std::vector<std::string>> parse_file_names(std::string_view text) {
  return each_word<std::string>(text, [](const std::string& word) -> Result<std::string> {
    if (word.find('/') != std::string::npos) return Error{fmt::format("\"{}\" is a path, not a file name", word)};
    return word;
  });
}

Result<std::vector<std::string>> parse_hosts(std::string_view text) {
  return each_word<std::string>(text, [](const std::string& word) -> Result<std::string> {
    std::string host = lower(word);
    const bool bracketed = host.front() == '[' && host.back() == ']';
    const std::string_view inside = bracketed ? std::string_view(host).substr(1, host.size() - 2) : host;
    if (!only(inside, std::string(kLetters).append(kDigits).append(bracketed ? ":." : "-._*?")))
      return Error{fmt::format("\"{}\" is no host name; write example.org or *.example.org, without a port", word)};
    return host;
  });
}

Result<std::string> parse_printable(std::string_view text) {
  const auto control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7F'; };
  if (std::any_of(text.begin(), text.end(), control)) return Error{"holds a control character"};
  return std::string(text);
}

Result<std::string> parse_php_version(std::string_view text) {
  const auto dot = text.find('.');
  const bool number = dot != std::string_view::npos && dot > 0 && dot + 1 < text.size() &&
                      only(text.substr(0, dot), kDigits) && only(text.substr(dot + 1), kDigits);
  if (text != "auto" && !number && !text.starts_with('/'))
    return Error{"no version of PHP; write auto, two numbers (8.2) or the path of a php-fpm"};
  return std::string(text);
}

Result<std::vector<std::pair<std::string, std::string>>> parse_headers(std::string_view text) {
  constexpr std::string_view kSeparator = " | ";
  std::vector<std::pair<std::string, std::string>> headers;
  while (!trim(text).empty()) {
    const auto end = text.find(kSeparator);
    auto header = parse_header(trim(text.substr(0, end)));
    if (!header) return header.error();
    headers.push_back(std::move(*header));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + kSeparator.size());
  }
  return headers;
}

Result<std::size_t> parse_choice(std::string_view text, std::string_view words) {
  const std::vector<std::string> choices = split_words(words);
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (found == choices.end()) {
    std::string list;
    for (const std::string& choice : choices) list += (list.empty() ? "" : ", ") + choice;
    return Error{fmt::format("not one of: {}", list)};
  }
  return static_cast<std::size_t>(found - choices.begin());
}

}  // namespace larder::server

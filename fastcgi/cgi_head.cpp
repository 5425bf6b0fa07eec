#include "fastcgi/cgi_head.h"

#include <algorithm>
#include <array>
#include <utility>

namespace larder::fastcgi {
namespace {

bool is_token_char(char c) {
  const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter_or_digit || (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool is_token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char); }

// Bytes above 0x7f are obsolete but harmless (RFC 9110 section 5.5), and German titles in plugin headers have them.
bool is_value_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// "404 Not Found". Interim answers (1xx) are not a script's to give.
std::optional<int> parse_status(std::string_view value) {
  if (value.size() < 3 || (value.size() > 3 && value[3] != ' ' && value[3] != '\t')) return std::nullopt;
  int status = 0;
  for (char c : value.substr(0, 3)) {
    if (c < '0' || c > '9') return std::nullopt;
    status = status * 10 + (c - '0');
  }
  if (status < 200 || status > 599) return std::nullopt;
  return status;
}

bool belongs_to_connection(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames = {"Connection", "Keep-Alive", "Transfer-Encoding",
                                                      "Upgrade",    "TE",         "Trailer"};
  constexpr std::string_view kPrefix = "Proxy-";
  return equals_ignoring_case(name.substr(0, kPrefix.size()), kPrefix) ||
         std::any_of(kNames.begin(), kNames.end(), [&](auto known) { return equals_ignoring_case(name, known); });
}

}  // namespace

CgiHeadParser::State CgiHeadParser::feed(std::string_view& input) {
  while (state_ == State::more && !input.empty()) {
    const auto newline = input.find('\n');
    const bool whole = newline != std::string_view::npos;
    const std::string_view part = input.substr(0, newline);
    const std::size_t taken = part.size() + (whole ? 1 : 0);
    if (taken > kMaxSize - size_) return state_ = State::malformed;
    size_ += taken;
    line_ += part;
    input.remove_prefix(taken);
    if (whole) state_ = end_line();
  }
  return state_;
}

CgiHeadParser::State CgiHeadParser::end_line() {
  std::string_view line = line_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return State::done;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return State::malformed;
  const bool good = add_field(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  line_.clear();
  return good ? State::more : State::malformed;
}

bool CgiHeadParser::add_field(std::string_view name, std::string_view value) {
  if (!is_token(name) || !std::all_of(value.begin(), value.end(), is_value_char)) return false;
  if (equals_ignoring_case(name, "Status")) {
    const auto status = parse_status(value);
    if (!status || (status_ && *status_ != *status)) return false;
    status_ = status;
  } else if (!belongs_to_connection(name)) {
    head_.fields.push_back(Field{std::string(name), std::string(value)});
  }
  return true;
}

CgiHead CgiHeadParser::take() {
  head_.status = status_ ? *status_ : find_field(head_.fields, "Location") != nullptr ? 302 : 200;
  return std::move(head_);
}

}  // namespace larder::fastcgi

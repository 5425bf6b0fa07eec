#include "cache/cache_control.h"

#include <algorithm>

#include "base/field.h"

namespace larder::cache {
namespace {

constexpr std::int64_t kLongest = std::int64_t{1} << 31;

bool is_token_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kMarks.find(c) != std::string_view::npos;
}

std::string_view take_token(std::string_view& rest) {
  std::size_t size = 0;
  while (size < rest.size() && is_token_char(rest[size])) ++size;
  const std::string_view token = rest.substr(0, size);
  rest.remove_prefix(size);
  return token;
}

// `rest` begins after the opening quote. A string that is never closed reaches to the end.
std::string take_quoted(std::string_view& rest) {
  std::string text;
  while (!rest.empty()) {
    char c = rest.front();
    rest.remove_prefix(1);
    if (c == '"') break;
    if (c == '\\' && !rest.empty()) {
      c = rest.front();
      rest.remove_prefix(1);
    }
    text.push_back(c);
  }
  return text;
}

// To the next comma that is not inside a quoted string; true when there was anything but white space.
bool skip_element(std::string_view& rest) {
  bool garbage = false;
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == ',') break;
    if (c == '"') take_quoted(rest);
    garbage = garbage || (c != ' ' && c != '\t');
  }
  return garbage;
}

void keep_first(std::optional<std::int64_t>& slot, const Directive& directive) {
  if (!slot) slot = parse_delta_seconds(directive.value).value_or(0);
}

}  // namespace

bool next_directive(std::string_view& rest, Directive& directive) {
  while (!rest.empty()) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t,"), rest.size()));
    directive.name = take_token(rest);
    directive.has_value = !directive.name.empty() && !rest.empty() && rest.front() == '=';
    directive.value.clear();
    if (directive.has_value) {
      rest.remove_prefix(1);
      const bool quoted = !rest.empty() && rest.front() == '"';
      if (quoted) rest.remove_prefix(1);
      directive.value = quoted ? take_quoted(rest) : std::string(take_token(rest));
    }
    // "max-age=1.5h," must not count as "max-age=1": a value with something behind it is no value.
    if (skip_element(rest)) directive.value.clear();
    if (!directive.name.empty()) return true;
  }
  return false;
}

std::optional<std::int64_t> parse_delta_seconds(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t seconds = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    seconds = std::min(kLongest, seconds * 10 + (c - '0'));
  }
  return seconds;
}

CacheControl parse_cache_control(std::string_view text) {
  CacheControl control;
  Directive directive;
  while (next_directive(text, directive)) {
    const auto is = [&](std::string_view name) { return equals_ignoring_case(directive.name, name); };
    if (is("no-store")) control.no_store = true;
    if (is("no-cache")) control.no_cache = true;
    if (is("private")) control.is_private = true;
    if (is("public")) control.is_public = true;
    if (is("must-revalidate")) control.must_revalidate = true;
    if (is("max-age")) keep_first(control.max_age, directive);
    if (is("s-maxage")) keep_first(control.s_maxage, directive);
  }
  return control;
}

}  // namespace larder::cache

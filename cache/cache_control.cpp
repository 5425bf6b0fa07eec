#include "cache/cache_control.h"

#include <algorithm>

#include "base/field.h"

namespace larder::cache {
namespace {

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

void keep_first(std::optional<std::int64_t>& slot, const Directive& directive, std::int64_t unsaid = 0) {
  if (!slot) slot = directive.has_value ? parse_delta_seconds(directive.value).value_or(0) : unsaid;
}

bool take_flag(CacheControl& control, const Directive& directive) {
  struct Flag {
    std::string_view name;
    bool CacheControl::*value;
  };
  constexpr Flag kFlags[] = {{"no-store", &CacheControl::no_store},
                             {"public", &CacheControl::is_public},
                             {"must-revalidate", &CacheControl::must_revalidate},
                             {"proxy-revalidate", &CacheControl::proxy_revalidate},
                             {"must-understand", &CacheControl::must_understand},
                             {"immutable", &CacheControl::immutable},
                             {"no-transform", &CacheControl::no_transform},
                             {"only-if-cached", &CacheControl::only_if_cached}};
  for (const Flag& flag : kFlags) {
    if (!equals_ignoring_case(directive.name, flag.name)) continue;
    control.*flag.value = true;
    return true;
  }
  return false;
}

bool take_seconds(CacheControl& control, const Directive& directive) {
  struct Slot {
    std::string_view name;
    CacheControl::Seconds CacheControl::*value;
    std::int64_t unsaid = 0;  // when there is no value
  };
  constexpr Slot kSlots[] = {{"max-age", &CacheControl::max_age},
                             {"s-maxage", &CacheControl::s_maxage},
                             {"stale-while-revalidate", &CacheControl::stale_while_revalidate},
                             {"stale-if-error", &CacheControl::stale_if_error},
                             {"max-stale", &CacheControl::max_stale, kLongestDelta},
                             {"min-fresh", &CacheControl::min_fresh}};
  for (const Slot& slot : kSlots) {
    if (!equals_ignoring_case(directive.name, slot.name)) continue;
    keep_first(control.*slot.value, directive, slot.unsaid);
    return true;
  }
  return false;
}

// no-cache and private, for the whole response or for the fields that they name. A name that is none makes it count for
// the whole: that is the safe side.
void take_qualified(CacheControl& control, const Directive& directive) {
  const bool no_cache = equals_ignoring_case(directive.name, "no-cache");
  if (!no_cache && !equals_ignoring_case(directive.name, "private")) return;
  bool& whole = no_cache ? control.no_cache : control.is_private;
  std::vector<std::string> names;
  std::string_view rest = directive.value;
  Directive name;
  while (next_directive(rest, name)) {
    if (name.has_value) whole = true;
    names.emplace_back(name.name);
  }
  if (names.empty()) whole = true;
  control.withheld.insert(control.withheld.end(), names.begin(), names.end());
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
    seconds = std::min(kLongestDelta, seconds * 10 + (c - '0'));
  }
  return seconds;
}

CacheControl parse_cache_control(std::string_view text) {
  CacheControl control;
  Directive directive;
  while (next_directive(text, directive)) {
    if (!take_flag(control, directive) && !take_seconds(control, directive)) take_qualified(control, directive);
  }
  return control;
}

std::string combined_field(const Fields& fields, std::string_view name) {
  std::string list;
  for (const Field& field : fields) {
    if (!equals_ignoring_case(field.name, name)) continue;
    if (!list.empty()) list.append(", ");
    list.append(field.value);
  }
  return list;
}

CacheControl request_control(std::string_view cache_control, std::string_view pragma) {
  CacheControl control = parse_cache_control(cache_control);
  if (cache_control.empty()) control.no_cache = parse_cache_control(pragma).no_cache;
  return control;
}

}  // namespace larder::cache

#include "cache/key.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace larder::cache {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Malformed escapes stand for themselves, as PHP reads them.
std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    if (escape) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

bool is_ignored(std::string_view parameter, const IgnoredParams& ignored) {
  if (parameter.empty()) return false;
  const std::string_view name = parameter.substr(0, parameter.find('='));
  if (name.find('%') == std::string_view::npos) return ignored.matches(name);
  return ignored.matches(percent_decoded(name));
}

// Calls visit(parameter) for what stands between the '&'s, empty ones included.
template <class Visit>
void for_each_parameter(std::string_view query, Visit visit) {
  for (std::size_t begin = 0; begin <= query.size();) {
    const std::size_t end = std::min(query.find('&', begin), query.size());
    visit(query.substr(begin, end - begin));
    begin = end + 1;
  }
}

// Appends "?" and the parameters that count. When none is dropped the query stays as it is ("?", "?a&&b").
void append_query(std::string& key, std::string_view query, const IgnoredParams& ignored) {
  // Nearly every query: no escape, perhaps in a name, and no name that is ignored (also not the empty one).
  const bool plain = query.find('%') == std::string_view::npos && !ignored.matches("");
  if (plain && !ignored.matches_any_name(query, '&')) {
    key.append("?").append(query);
    return;
  }
  const std::size_t question_mark = key.size();
  for_each_parameter(query, [&](std::string_view parameter) {
    if (!is_ignored(parameter, ignored)) key.append(key.size() == question_mark ? "?" : "&").append(parameter);
  });
  const bool nothing_left = key.find_first_not_of("?&", question_mark) == std::string::npos;
  if (nothing_left) key.resize(question_mark);
}

}  // namespace

std::string make_key(std::string_view scheme, std::string_view host, std::string_view path, std::string_view query,
                     bool has_query, const IgnoredParams& ignored) {
  constexpr std::string_view kSeparator = "://";
  std::string key;
  key.reserve(scheme.size() + kSeparator.size() + host.size() + path.size() + (has_query ? query.size() + 1 : 0));
  key.append(scheme).append(kSeparator).append(host).append(path);
  if (has_query) append_query(key, query, ignored);
  return key;
}

std::uint64_t hash_key(std::string_view key, std::uint64_t seed) {
  return XXH3_64bits_withSeed(key.data(), key.size(), seed);
}

std::string hex_of(std::uint64_t number) {
  std::string text(16, '0');
  for (std::size_t i = 0; i < text.size(); ++i, number >>= 4)
    text[text.size() - 1 - i] = "0123456789abcdef"[number & 15];
  return text;
}

}  // namespace larder::cache

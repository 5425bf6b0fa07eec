#include "server/field_list.h"

#include <array>

#include "base/field.h"

namespace larder::server {
namespace {

struct Known {
  std::string_view text;
  FieldName name;
};

// Shortest first.
constexpr std::array<Known, 20> kKnown = {{
    {"host", FieldName::host},
    {"range", FieldName::range},
    {"cookie", FieldName::cookie},
    {"expect", FieldName::expect},
    {"pragma", FieldName::pragma},
    {"if-match", FieldName::if_match},
    {"if-range", FieldName::if_range},
    {"forwarded", FieldName::forwarded},
    {"x-wp-nonce", FieldName::x_wp_nonce},
    {"authorization", FieldName::authorization},
    {"cache-control", FieldName::cache_control},
    {"if-none-match", FieldName::if_none_match},
    {"content-length", FieldName::content_length},
    {"accept-encoding", FieldName::accept_encoding},
    {"x-forwarded-for", FieldName::x_forwarded_for},
    {"x-forwarded-port", FieldName::x_forwarded_port},
    {"if-modified-since", FieldName::if_modified_since},
    {"transfer-encoding", FieldName::transfer_encoding},
    {"x-forwarded-proto", FieldName::x_forwarded_proto},
    {"if-unmodified-since", FieldName::if_unmodified_since},
}};

constexpr std::size_t kLongest = kKnown.back().text.size();

// Where in the table the names of a length begin; those of the next length end them.
constexpr std::array<std::uint8_t, kLongest + 2> kFirst = [] {
  std::array<std::uint8_t, kLongest + 2> first{};
  for (std::size_t length = 0; length < first.size(); ++length)
    while (first[length] < kKnown.size() && kKnown[first[length]].text.size() < length) ++first[length];
  return first;
}();

}  // namespace

FieldName field_name(std::string_view text) {
  if (text.size() > kLongest) return FieldName::other;
  for (std::size_t i = kFirst[text.size()]; i < kFirst[text.size() + 1]; ++i)
    if (equals_ignoring_case(text, kKnown[i].text)) return kKnown[i].name;
  return FieldName::other;
}

}  // namespace larder::server

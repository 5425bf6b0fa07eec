#include "server/field_list.h"

#include "tests/support/catch.h"

namespace larder::server {
namespace {

TEST_CASE("Names that Larder acts on are told apart whatever their case") {
  struct Row {
    std::string_view text;
    FieldName name;
  };
  const auto row = GENERATE(
      Row{"Host", FieldName::host}, Row{"RANGE", FieldName::range}, Row{"cookie", FieldName::cookie},
      Row{"Expect", FieldName::expect}, Row{"If-Match", FieldName::if_match}, Row{"if-range", FieldName::if_range},
      Row{"Forwarded", FieldName::forwarded}, Row{"X-WP-Nonce", FieldName::x_wp_nonce},
      Row{"Authorization", FieldName::authorization}, Row{"Cache-Control", FieldName::cache_control},
      Row{"If-None-Match", FieldName::if_none_match}, Row{"Content-Length", FieldName::content_length},
      Row{"accept-ENCODING", FieldName::accept_encoding}, Row{"X-Forwarded-For", FieldName::x_forwarded_for},
      Row{"X-Forwarded-Port", FieldName::x_forwarded_port}, Row{"If-Modified-Since", FieldName::if_modified_since},
      Row{"Transfer-Encoding", FieldName::transfer_encoding}, Row{"X-Forwarded-Proto", FieldName::x_forwarded_proto},
      Row{"If-Unmodified-Since", FieldName::if_unmodified_since});
  CHECK(field_name(row.text) == row.name);
  CHECK(field_name(std::string(row.text) + "x") == FieldName::other);
  CHECK(field_name(row.text.substr(1)) == FieldName::other);
}

TEST_CASE("Other names are not taken for them") {
  for (const std::string_view text : {"", "X", "Hos\xd4", "If-None-Match-And-More", "Referer", "User-Agent"})
    CHECK(field_name(text) == FieldName::other);
}

TEST_CASE("A list knows which fields it has until it is cleared") {
  FieldList list = {{"Accept", "*/*"}, {"cookie", "a=b"}};
  CHECK(list.has(FieldName::cookie));
  CHECK(list.has(FieldName::other));
  CHECK_FALSE(list.has(FieldName::host));
  CHECK(list.has_any({FieldName::host, FieldName::cookie}));
  CHECK_FALSE(list.has_any({FieldName::host, FieldName::range}));
  list.add({"Host", "example.com"});
  CHECK(list.has(FieldName::host));
  CHECK(list.size() == 3);
  list.clear();
  CHECK(list.size() == 0);
  CHECK_FALSE(list.has_any({FieldName::cookie, FieldName::host, FieldName::other}));
}

}  // namespace
}  // namespace larder::server

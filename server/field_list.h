// FieldList: the fields of one request head, in order, and which of those that Larder acts on are among them.
//
// Names are told apart once, when a field is added: a request is looked at by half a dozen rules (gate, client, cache,
// conditions, ranges, coding), and most fields of a browser concern none of them. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace larder::server {

// The names that Larder acts on; others are looked for by their text.
enum class FieldName : std::uint8_t {
  other,
  accept_encoding,
  authorization,
  cache_control,
  content_length,
  cookie,
  expect,
  forwarded,
  host,
  if_match,
  if_modified_since,
  if_none_match,
  if_range,
  if_unmodified_since,
  pragma,
  range,
  transfer_encoding,
  x_forwarded_for,
  x_forwarded_port,
  x_forwarded_proto,
  x_wp_nonce,
};
FieldName field_name(std::string_view text);  // whatever its case

struct FieldView {
  std::string_view name, value;
  FieldName known;

  FieldView(std::string_view field_text, std::string_view value_text)
      : name(field_text), value(value_text), known(field_name(field_text)) {}
};

class FieldList {
 public:
  FieldList() = default;
  FieldList(std::initializer_list<FieldView> fields) : FieldList(std::vector<FieldView>(fields)) {}
  explicit FieldList(const std::vector<FieldView>& fields) {
    for (const FieldView& field : fields) add(field);
  }

  void add(const FieldView& field) {
    fields_.push_back(field);
    present_ |= bit(field.known);
  }
  void clear() { fields_.clear(), present_ = 0; }

  // Whether there is a field of that name, or of one of them.
  bool has(FieldName name) const { return (present_ & bit(name)) != 0; }
  bool has_any(std::initializer_list<FieldName> names) const {
    std::uint32_t any = 0;
    for (const FieldName name : names) any |= bit(name);
    return (present_ & any) != 0;
  }

  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  auto rbegin() const { return fields_.rbegin(); }
  auto rend() const { return fields_.rend(); }

 private:
  static constexpr std::uint32_t bit(FieldName name) { return std::uint32_t{1} << static_cast<unsigned>(name); }

  std::vector<FieldView> fields_;
  std::uint32_t present_ = 0;
};

}  // namespace larder::server

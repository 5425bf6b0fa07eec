#include "server/request.h"

#include "base/field.h"

namespace larder::server {

namespace {

std::string_view value_of(const FieldView& field) {
  return field.value.data() == nullptr ? std::string_view("") : field.value;
}

}  // namespace

std::string_view RequestHead::field(FieldName name) const {
  if (!fields.has(name)) return {};
  for (const FieldView& field : fields)
    if (field.known == name) return value_of(field);
  return {};
}

std::string_view RequestHead::field(std::string_view name) const {
  for (const FieldView& field : fields)
    if (equals_ignoring_case(field.name, name)) return value_of(field);
  return {};
}

std::size_t RequestHead::count(FieldName name) const {
  if (!fields.has(name)) return 0;
  std::size_t found = 0;
  for (const FieldView& field : fields) found += field.known == name ? 1U : 0U;
  return found;
}

std::size_t RequestHead::count(std::string_view name) const {
  std::size_t found = 0;
  for (const FieldView& field : fields) found += equals_ignoring_case(field.name, name) ? 1U : 0U;
  return found;
}

}  // namespace larder::server

#include "server/request.h"

#include "base/field.h"

namespace larder::server {

std::string_view RequestHead::field(std::string_view name) const {
  for (const FieldView& field : fields)
    if (equals_ignoring_case(field.name, name))
      return field.value.data() == nullptr ? std::string_view("") : field.value;
  return {};
}

std::size_t RequestHead::count(std::string_view name) const {
  std::size_t found = 0;
  for (const FieldView& field : fields) found += equals_ignoring_case(field.name, name) ? 1U : 0U;
  return found;
}

}  // namespace larder::server

#include "server/wire_layout.h"

namespace larder::server {
namespace {

// The colon has become a NUL; behind it only blanks may stand before the value.
bool only_blanks(const char* from, const char* to) {
  for (; from != to; ++from)
    if (*from != ' ' && *from != '\t') return false;
  return true;
}

}  // namespace

bool clean_layout(const RequestHead& head, const char* target_at, std::size_t size) {
  const char* const begin = head.method.data();
  const char* const end = begin + size;
  const char* at = begin + head.method.size() + 1;
  if (target_at != at) return false;
  at += head.target.size() + 1;
  if (head.version.data() != at) return false;
  at += head.version.size();
  for (const FieldView& field : head.fields) {
    if (field.name.data() != at + 2) return false;
    at = field.name.data() + field.name.size() + 1;
    if (field.value.data() < at || field.value.data() > end || !only_blanks(at, field.value.data())) return false;
    at = field.value.data() + field.value.size();
    if (at + 2 > end || at[0] != '\0' || at[1] != '\0') return false;
  }
  return at + 4 == end;  // the end of the last line, and the blank line
}

}  // namespace larder::server

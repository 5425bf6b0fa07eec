#include "cache/validators.h"

#include <algorithm>

#include "base/http_date.h"
#include "cache/key.h"

namespace larder::cache {
namespace {

bool is_weak(std::string_view etag) { return etag.starts_with("W/"); }
std::string_view opaque(std::string_view etag) { return is_weak(etag) ? etag.substr(2) : etag; }

// PHP often sends what is none: without quotes, or empty.
bool is_entity_tag(std::string_view text) {
  const std::string_view tag = opaque(text);
  return tag.size() >= 2 && tag.front() == '"' && tag.back() == '"' && tag.find('"', 1) == tag.size() - 1;
}

constexpr std::string_view kOwn = "\"larder-";

const std::string* entity_tag(const Fields& fields) {
  const std::string* tag = find_field(fields, "ETag");
  return tag != nullptr && is_entity_tag(*tag) && !tag->starts_with(kOwn) ? tag : nullptr;
}

const std::string* modification_date(const Fields& fields) {
  const std::string* date = find_field(fields, "Last-Modified");
  return date != nullptr && parse_http_date(*date) ? date : nullptr;
}

// What describes the bytes that we have, not those that PHP would send now.
bool describes_bytes(std::string_view name) {
  for (const char* kept : {"Content-Encoding", "Content-Length", "Content-Range", "Content-Type"})
    if (equals_ignoring_case(name, kept)) return true;
  return false;
}

}  // namespace

std::string own_entity_tag(std::string_view body) {
  return std::string(kOwn) + hex_of(hash_key(body, body.size())) + '"';
}

bool can_be_validated(const Fields& response) {
  return entity_tag(response) != nullptr || modification_date(response) != nullptr;
}

Fields validation_conditions(const Fields& stored) {
  Fields conditions;
  if (const std::string* tag = entity_tag(stored)) conditions.push_back({"If-None-Match", *tag});
  if (const std::string* date = modification_date(stored)) conditions.push_back({"If-Modified-Since", *date});
  return conditions;
}

bool confirms(const Fields& not_modified, const Fields& stored) {
  if (const std::string* tag = entity_tag(not_modified)) {
    const std::string* ours = entity_tag(stored);
    return ours != nullptr && opaque(*ours) == opaque(*tag);
  }
  const std::string* date = modification_date(not_modified);
  if (date == nullptr) return true;  // there was one response to ask about
  const std::string* ours = modification_date(stored);
  return ours == nullptr || parse_http_date(*ours) == parse_http_date(*date);
}

Fields updated_head(const Fields& stored, const Fields& not_modified) {
  Fields head;
  for (const Field& field : stored)
    if (describes_bytes(field.name) || find_field(not_modified, field.name) == nullptr) head.push_back(field);
  for (const Field& field : not_modified)
    if (!describes_bytes(field.name)) head.push_back(field);
  return head;
}

}  // namespace larder::cache

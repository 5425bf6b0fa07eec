#include "server/representation.h"

#include "cache/encoding.h"

namespace larder::server {
namespace {

using cache::Coding;

std::string_view suffix_of(Coding coding) {
  switch (coding) {
    case Coding::brotli:
      return "-br\"";
    case Coding::gzip:
      return "-gz\"";
    case Coding::identity:
      break;
  }
  return "-id\"";
}

std::string tag_in(std::string tag, const cache::Bodies& bodies, Coding coding) {
  const bool strong = tag.size() >= 2 && tag.front() == '"' && tag.back() == '"';
  if (strong && coding != bodies.original()) tag.replace(tag.size() - 1, 1, suffix_of(coding));
  return tag;
}

bool has_member(std::string_view list, std::string_view wanted) {
  constexpr std::string_view kSpace = " \t,";
  for (std::size_t begin = list.find_first_not_of(kSpace); begin < list.size();) {
    const std::size_t end = std::min(list.find_first_of(kSpace, begin), list.size());
    if (equals_ignoring_case(list.substr(begin, end - begin), wanted)) return true;
    begin = list.find_first_not_of(kSpace, end);
  }
  return false;
}

void merge_vary(Fields& fields) {
  constexpr std::string_view kOurs = "Accept-Encoding";
  Field* last = nullptr;
  for (Field& field : fields) {
    if (!equals_ignoring_case(field.name, "Vary")) continue;
    if (has_member(field.value, kOurs) || has_member(field.value, "*")) return;
    last = &field;
  }
  if (last == nullptr)
    fields.push_back({"Vary", std::string(kOurs)});
  else
    last->value.append(last->value.empty() ? "" : ", ").append(kOurs);
}

bool has_variants(const cache::Bodies& bodies) { return bodies.has(Coding::gzip) || bodies.has(Coding::brotli); }

}  // namespace

std::string entity_tag(const cache::Page& page, Coding coding) {
  const std::string* tag = find_field(page.fields, "ETag");
  return tag == nullptr ? std::string() : tag_in(*tag, page.bodies, coding);
}

Fields representation_fields(const cache::Page& page, Coding coding) {
  Fields fields;
  fields.reserve(page.fields.size() + 8);
  fields = page.fields;
  if (!has_variants(page.bodies)) return fields;
  for (Field& field : fields)
    if (equals_ignoring_case(field.name, "ETag")) field.value = tag_in(std::move(field.value), page.bodies, coding);
  if (coding != Coding::identity) fields.push_back({"Content-Encoding", std::string(cache::name_of(coding))});
  merge_vary(fields);
  return fields;
}

}  // namespace larder::server

#include "server/representation.h"

#include "server/conditional.h"

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

bool has_member(std::string_view list, std::string_view wanted) {
  constexpr std::string_view kSpace = " \t,";
  for (std::size_t begin = list.find_first_not_of(kSpace); begin < list.size();) {
    const std::size_t end = std::min(list.find_first_of(kSpace, begin), list.size());
    if (equals_ignoring_case(list.substr(begin, end - begin), wanted)) return true;
    begin = list.find_first_not_of(kSpace, end);
  }
  return false;
}

bool has_variants(const cache::Bodies& bodies) { return bodies.has(Coding::gzip) || bodies.has(Coding::brotli); }

}  // namespace

cache::AcceptedCodings accepted_codings(const RequestHead& head) {
  cache::AcceptedCodings accepted;
  if (!head.fields.has(FieldName::accept_encoding)) return accepted;
  for (const FieldView& field : head.fields)
    if (field.known == FieldName::accept_encoding) accepted.add(field.value);
  return accepted;
}

std::string tag_in(std::string tag, Coding original, Coding coding) {
  const bool strong = tag.size() >= 2 && tag.front() == '"' && tag.back() == '"';
  if (strong && coding != original) tag.replace(tag.size() - 1, 1, suffix_of(coding));
  return tag;
}

Condition evaluate_conditions(const RequestHead& head, const cache::AcceptedCodings& accepted, Coding chosen,
                              const std::string& tag, Coding original, std::optional<std::int64_t> last_modified) {
  const auto status_for = [&](Coding coding) {
    const std::string its_tag = tag_in(tag, original, coding);
    return evaluate_conditions(head, Validators{.etag = its_tag, .last_modified = last_modified});
  };
  const int status = status_for(chosen);
  if (status == 304) return {304, chosen};
  bool failed = status == 412;
  for (const Coding coding : cache::kCodings) {
    if (coding == chosen || !accepted.takes(coding)) continue;
    const int other = status_for(coding);
    if (other == 304) return {304, coding};
    if (other == 0) failed = false;
  }
  return {failed ? 412 : 0, chosen};
}

void vary_by_coding(Fields& fields) {
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

std::string entity_tag(const cache::Page& page, Coding coding) {
  const std::string* tag = find_field(page.fields, "ETag");
  return tag == nullptr ? std::string() : tag_in(*tag, page.bodies.original(), coding);
}

Fields representation_fields(const cache::Page& page, Coding coding) {
  Fields fields;
  fields.reserve(page.fields.size() + 8);
  fields = page.fields;
  if (!has_variants(page.bodies)) return fields;
  for (Field& field : fields)
    if (equals_ignoring_case(field.name, "ETag"))
      field.value = tag_in(std::move(field.value), page.bodies.original(), coding);
  if (coding != Coding::identity) fields.push_back({"Content-Encoding", std::string(cache::name_of(coding))});
  vary_by_coding(fields);
  return fields;
}

}  // namespace larder::server

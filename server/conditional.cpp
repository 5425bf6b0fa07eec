#include "server/conditional.h"

#include "base/http_date.h"

namespace larder::server {
namespace {

enum class Comparison { strong, weak };

bool is_weak(std::string_view etag) { return etag.starts_with("W/"); }
std::string_view opaque(std::string_view etag) { return is_weak(etag) ? etag.substr(2) : etag; }

// RFC 9110 section 8.8.3.2.
bool matches(std::string_view a, std::string_view b, Comparison comparison) {
  if (a.empty() || b.empty() || opaque(a) != opaque(b)) return false;
  return comparison == Comparison::weak || (!is_weak(a) && !is_weak(b));
}

// Takes the next entity tag off a list; empty at the end and at whatever is none, which ends the list.
std::string_view next_tag(std::string_view& list) {
  const auto first = list.find_first_not_of(" \t,");
  if (first == std::string_view::npos) return {};
  list.remove_prefix(first);
  const std::size_t quote = is_weak(list) ? 2 : 0;
  if (quote >= list.size() || list[quote] != '"') return {};
  const auto end = list.find('"', quote + 1);
  if (end == std::string_view::npos) return {};
  const auto tag = list.substr(0, end + 1);
  list.remove_prefix(tag.size());
  return tag;
}

bool any_tag_matches(const RequestHead& head, FieldName name, std::string_view etag, Comparison comparison) {
  for (const FieldView& field : head.fields) {
    if (field.known != name) continue;
    if (field.value == "*") return true;
    std::string_view list = field.value;
    for (auto tag = next_tag(list); !tag.empty(); tag = next_tag(list))
      if (matches(tag, etag, comparison)) return true;
  }
  return false;
}

// The date of a field that stands there once; two of them are no date.
std::optional<std::int64_t> date_of(const RequestHead& head, FieldName name) {
  return head.count(name) == 1 ? parse_http_date(head.field(name)) : std::nullopt;
}

bool precondition_fails(const RequestHead& head, const Validators& validators) {
  if (head.fields.has(FieldName::if_match))
    return !any_tag_matches(head, FieldName::if_match, validators.etag, Comparison::strong);
  const auto since = date_of(head, FieldName::if_unmodified_since);
  return since && validators.last_modified && *validators.last_modified > *since;
}

}  // namespace

int evaluate_conditions(const RequestHead& head, const Validators& validators) {
  // RFC 9110 section 13.2.1: methods that select no representation have no conditions.
  if (head.method == "OPTIONS") return 0;
  const bool reads = head.method == "GET" || head.method == "HEAD";
  if (precondition_fails(head, validators)) return 412;
  if (head.fields.has(FieldName::if_none_match)) {
    if (!any_tag_matches(head, FieldName::if_none_match, validators.etag, Comparison::weak)) return 0;
    return reads ? 304 : 412;
  }
  const auto since = reads ? date_of(head, FieldName::if_modified_since) : std::nullopt;
  return since && validators.last_modified && *validators.last_modified <= *since ? 304 : 0;
}

bool range_applies(const RequestHead& head, const Validators& validators) {
  const std::size_t conditions = head.count(FieldName::if_range);
  if (conditions == 0) return true;
  if (conditions > 1) return false;
  const std::string_view value = head.field(FieldName::if_range);
  if (value.starts_with('"') || is_weak(value)) return matches(value, validators.etag, Comparison::strong);
  const auto date = parse_http_date(value);
  return date && validators.last_modified == date;
}

}  // namespace larder::server

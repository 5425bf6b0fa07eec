#include "cache/response_control.h"

#include <algorithm>
#include <string>

#include "cache/structured_dictionary.h"

namespace larder::cache {
namespace {

constexpr std::string_view kTargeted = "CDN-Cache-Control", kSurrogate = "Surrogate-Control";

void take_member(CacheControl& control, const DictionaryMember& member) {
  struct Flag {
    std::string_view name;
    bool CacheControl::*value;
  };
  constexpr Flag kFlags[] = {{"no-store", &CacheControl::no_store},
                             {"no-cache", &CacheControl::no_cache},
                             {"private", &CacheControl::is_private},
                             {"public", &CacheControl::is_public},
                             {"must-revalidate", &CacheControl::must_revalidate},
                             {"proxy-revalidate", &CacheControl::proxy_revalidate},
                             {"must-understand", &CacheControl::must_understand},
                             {"immutable", &CacheControl::immutable},
                             {"no-transform", &CacheControl::no_transform}};
  struct Slot {
    std::string_view name;
    CacheControl::Seconds CacheControl::*value;
  };
  constexpr Slot kSlots[] = {{"max-age", &CacheControl::max_age},
                             {"s-maxage", &CacheControl::s_maxage},
                             {"stale-while-revalidate", &CacheControl::stale_while_revalidate},
                             {"stale-if-error", &CacheControl::stale_if_error}};
  // A value of the wrong type is no value (RFC 9213 section 2.1); what restricts counts also with field names.
  const bool is_false = member.kind == DictionaryMember::Kind::boolean && member.integer == 0;
  for (const Flag& flag : kFlags)
    if (member.key == flag.name && !is_false) control.*flag.value = true;
  if (member.kind != DictionaryMember::Kind::integer || member.integer < 0) return;
  for (const Slot& slot : kSlots)
    if (member.key == slot.name) control.*slot.value = std::min(member.integer, kLongestDelta);
}

std::optional<CacheControl> targeted_control(const Fields& fields) {
  const auto members = parse_dictionary(combined_field(fields, kTargeted));
  if (!members || members->empty()) return std::nullopt;
  CacheControl control;
  for (const DictionaryMember& member : *members) take_member(control, member);
  return control;
}

// "max-age=3600+600": fresh for an hour, and ten minutes more while it is fetched anew.
std::optional<CacheControl> surrogate_control(const Fields& fields) {
  const std::string text = combined_field(fields, kSurrogate);
  if (text.find_first_not_of(" \t,") == std::string::npos) return std::nullopt;
  CacheControl control = parse_cache_control(text);
  std::string_view rest = text;
  Directive directive;
  while (next_directive(rest, directive)) {
    const std::size_t plus = directive.value.find('+');
    if (!equals_ignoring_case(directive.name, "max-age") || plus == std::string::npos) continue;
    control.max_age = parse_delta_seconds(std::string_view(directive.value).substr(0, plus)).value_or(0);
    control.stale_while_revalidate =
        parse_delta_seconds(std::string_view(directive.value).substr(plus + 1)).value_or(0);
    break;
  }
  return control;
}

}  // namespace

ResponseControl response_control(const Fields& fields) {
  if (auto control = targeted_control(fields))
    return {.source = kTargeted, .directives = *std::move(control), .expires_counts = false};
  if (auto control = surrogate_control(fields))
    return {.source = kSurrogate, .directives = *std::move(control), .expires_counts = false};
  if (find_field(fields, "Cache-Control") == nullptr) return {};
  return {.source = "Cache-Control", .directives = parse_cache_control(combined_field(fields, "Cache-Control"))};
}

bool is_for_this_cache_only(std::string_view name) {
  return equals_ignoring_case(name, kTargeted) || equals_ignoring_case(name, kSurrogate);
}

}  // namespace larder::cache

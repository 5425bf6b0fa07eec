// Whatever Cache-Control and its neighbours say: the parsers end, times stay in range, what is forbidden is not stored,
// and a page is never used beyond what its response and the request allow.
#include "cache/cache_control.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cache/freshness.h"
#include "cache/reuse.h"
#include "cache/structured_dictionary.h"
#include "cache/validators.h"
#include "cache/vary.h"

namespace {

using namespace larder;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr Millis kNow = 1'456'704'000'000;

void check_parser(std::string_view text) {
  const auto control = cache::parse_cache_control(text);
  for (const auto& seconds : {control.max_age, control.s_maxage, control.stale_while_revalidate, control.stale_if_error,
                              control.max_stale, control.min_fresh})
    require(!seconds || (*seconds >= 0 && *seconds <= cache::kLongestDelta));
  const std::string more = "no-store," + std::string(text);
  require(cache::parse_cache_control(more).no_store);
  if (const auto members = cache::parse_dictionary(text))
    for (const auto& member : *members) require(!member.key.empty());
}

// One field a line: "name:value".
Fields fields_of(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t colon = std::min(line.find(':'), line.size());
    fields.push_back({std::string(line.substr(0, colon)), std::string(line.substr(std::min(line.size(), colon + 1)))});
  }
  return fields;
}

void check_decision(const Fields& fields) {
  const auto decision = cache::decide({.fields = fields, .now = kNow}, {});
  require(decision.storable == decision.reason.empty());
  if (!decision.storable) return;
  require(decision.lifetime >= 0 && decision.created <= kNow);
  const auto directives = cache::response_control(fields).directives;
  require(!directives.is_private && (!directives.no_store || directives.must_understand));
  require(!directives.no_cache || decision.lifetime == 0);
  require(find_field(fields, "set-cookie") == nullptr || !decision.withheld.empty());
  require(!cache::vary_of(fields).on_everything);
}

// The same lines as a request and as the head of a stored page.
void check_reuse(const Fields& fields, std::uint8_t byte) {
  cache::Page page;
  page.fields = fields;
  page.created = kNow;
  page.lifetime = byte;
  const auto request = cache::request_control(cache::combined_field(fields, "Cache-Control"), "");
  const auto reuse = cache::judge_reuse(page, request, {}, kNow + byte * Millis{2'000});
  const auto directives = cache::response_control(fields).directives;
  if (reuse.verdict == cache::Reuse::Verdict::hit_and_refresh)
    require(!directives.must_revalidate && !directives.proxy_revalidate && !directives.no_cache && !request.no_cache);
  require((reuse.verdict == cache::Reuse::Verdict::ask) == !reuse.why.empty());
}

void check_head(const Fields& fields) {
  const auto names = cache::vary_of(fields).names;
  require(std::is_sorted(names.begin(), names.end()));
  const std::string key = cache::secondary_key(names, fields);
  require(key.empty() == names.empty() && key.size() <= cache::kLongestSecondaryKey);
  require(cache::can_be_validated(fields) == !cache::validation_conditions(fields).empty());
  require(cache::confirms(fields, fields));
  for (const Field& field : cache::updated_head(fields, fields)) require(find_field(fields, field.name) != nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  check_parser(text);
  const Fields fields = fields_of(text);
  check_decision(fields);
  check_reuse(fields, size > 0 ? data[0] : 0);
  check_head(fields);
  return 0;
}

// Whatever Cache-Control and its neighbours say: the parser ends, lifetimes stay in range, no-store is never stored.
#include "cache/cache_control.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cache/freshness.h"

namespace {

using namespace larder;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_parser(std::string_view text) {
  const auto control = cache::parse_cache_control(text);
  for (const auto& seconds : {control.max_age, control.s_maxage})
    require(!seconds || (*seconds >= 0 && *seconds <= std::int64_t{1} << 31));
  const std::string more = "no-store," + std::string(text);
  require(cache::parse_cache_control(more).no_store);
}

// One field a line: "name:value".
void check_decision(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t colon = std::min(line.find(':'), line.size());
    fields.push_back({std::string(line.substr(0, colon)), std::string(line.substr(std::min(line.size(), colon + 1)))});
  }
  constexpr Millis kNow = 1'456'704'000'000;
  const auto decision = cache::decide(200, fields, {}, kNow);
  require(decision.storable == decision.reason.empty());
  if (!decision.storable) return;
  require(decision.lifetime > 0 && decision.created <= kNow);
  require(decision.lifetime * 1000 > kNow - decision.created);
  require(find_field(fields, "set-cookie") == nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  check_parser(text);
  check_decision(text);
  return 0;
}

#include "cache/variants.h"

#include <algorithm>

namespace larder::cache {
namespace {

// No field of a response can have these names: they are no tokens.
constexpr std::string_view kVaryOn = ":vary", kGeneration = ":generation", kVariant = ":variant";
constexpr std::int64_t kForEver = std::int64_t{1} << 31;  // seconds

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ",").append(name);
  return text;
}

std::string_view generation_of(const Page& list) {
  const std::string* text = find_field(list.fields, kGeneration);
  return text != nullptr ? *text : std::string_view();
}

bool varies_likewise(const PagePtr& list, const std::string& names) {
  if (!list || !is_variant_list(*list)) return false;
  return list->fields.front().value == names;
}

}  // namespace

bool is_variant_list(const Page& page) { return !page.fields.empty() && page.fields.front().name == kVaryOn; }

std::string_view primary_key(std::string_view key) { return key.substr(0, key.find('\t')); }

std::vector<std::string> varies_on(const Page& list) {
  std::vector<std::string> names;
  std::string_view rest = list.fields.front().value;
  while (!rest.empty()) {
    names.emplace_back(rest.substr(0, rest.find(',')));
    rest.remove_prefix(std::min(rest.size(), names.back().size() + 1));
  }
  return names;
}

std::string variant_key(const Page& list, std::string_view secondary) {
  std::string key(primary_key(list.key));
  return key.append("\t").append(generation_of(list)).append("\t").append(secondary);
}

ListedVariant list_variant(const PagePtr& list, std::string_view primary, const std::vector<std::string>& names,
                           const std::string& secondary, std::uint64_t fresh, Millis now) {
  const std::string on = joined(names);
  const bool same = varies_likewise(list, on);
  const Field variant{std::string(kVariant), secondary};
  if (same && std::find(list->fields.begin(), list->fields.end(), variant) != list->fields.end())
    return {list, variant_key(*list, secondary), {}};
  auto grown = std::make_shared<Page>();
  grown->key = primary;
  grown->created = now;
  grown->lifetime = kForEver;
  if (same)
    grown->fields = list->fields;
  else
    grown->fields = {{std::string(kVaryOn), on}, {std::string(kGeneration), std::to_string(fresh)}};
  grown->fields.push_back(variant);
  ListedVariant listed{nullptr, variant_key(*grown, secondary), {}};
  if (grown->fields.size() > 2 + kMostVariants) {
    listed.dropped = variant_key(*grown, grown->fields[2].value);
    grown->fields.erase(grown->fields.begin() + 2);
  }
  listed.list = std::move(grown);
  return listed;
}

}  // namespace larder::cache

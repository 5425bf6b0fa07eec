#include "server/variants.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cache/cache_control.h"
#include "cache/encoding.h"

namespace larder::server {
namespace {

using cache::Body;
using cache::Coding;

constexpr std::size_t kSmallest = 256;  // what is saved below it is less than the fields that say so

bool is_listed(std::string_view type) {
  constexpr std::array<std::string_view, 15> kTypes = {"application/json",
                                                       "application/javascript",
                                                       "application/x-javascript",
                                                       "application/ecmascript",
                                                       "application/xml",
                                                       "application/wasm",
                                                       "application/x-ndjson",
                                                       "application/rtf",
                                                       "application/vnd.ms-fontobject",
                                                       "application/x-font-ttf",
                                                       "font/ttf",
                                                       "font/otf",
                                                       "image/vnd.microsoft.icon",
                                                       "image/x-icon",
                                                       "image/bmp"};
  return std::any_of(kTypes.begin(), kTypes.end(),
                     [&](std::string_view listed) { return equals_ignoring_case(type, listed); });
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equals_ignoring_case(text.substr(text.size() - end.size()), end);
}

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view member = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    const auto first = member.find_first_not_of(" \t");
    if (first == std::string_view::npos) continue;
    member = member.substr(first, member.find_last_not_of(" \t") - first + 1);
    if (equals_ignoring_case(member, token)) return true;
  }
  return false;
}

bool forbids_transform(const Fields& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const Field& field) {
    return equals_ignoring_case(field.name, "Cache-Control") && has_token(field.value, "no-transform");
  });
}

bool has_digest(const Fields& fields) {
  for (const char* name : {"Content-MD5", "Digest", "Content-Digest", "Repr-Digest"})
    if (find_field(fields, name) != nullptr) return true;
  return false;
}

bool may_compress(const cache::Page& page) {
  if (page.bodies.original() != Coding::identity || page.bodies.identity_bytes() < kSmallest) return false;
  const std::string* type = find_field(page.fields, "Content-Type");
  return type != nullptr && is_compressible(*type) && find_field(page.fields, "Content-Encoding") == nullptr &&
         !forbids_transform(page.fields) && !has_digest(page.fields);
}

Body shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

}  // namespace

bool is_compressible(std::string_view content_type) {
  std::string_view type = content_type.substr(0, std::min(content_type.find(';'), content_type.size()));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  return equals_ignoring_case(type.substr(0, 5), "text/") || ends_with(type, "+xml") || ends_with(type, "+json") ||
         is_listed(type);
}

bool adopt_encoding(cache::Page& page, std::uint64_t longest) {
  const Body body = page.bodies.in(Coding::identity);
  const auto is_encoding = [](const Field& field) { return equals_ignoring_case(field.name, "Content-Encoding"); };
  const auto field = std::find_if(page.fields.begin(), page.fields.end(), is_encoding);
  if (field == page.fields.end()) return true;
  const auto coding = cache::coding_named(field->value);
  if (!body || !coding || std::count_if(page.fields.begin(), page.fields.end(), is_encoding) != 1) return false;
  if (*coding != Coding::identity) {
    if (forbids_transform(page.fields)) return false;
    const auto identity = decode(*coding, *body, longest);
    if (!identity) return false;
    page.bodies = cache::Bodies(*coding, identity->size());
    page.bodies.set(*coding, body);
  }
  page.fields.erase(field);
  return true;
}

void compress(cache::Page& page, Counters& counters) {
  if (!may_compress(page)) return;
  const Body identity = page.bodies.in(Coding::identity);
  std::size_t smallest = identity->size();
  for (const Coding coding : {Coding::gzip, Coding::brotli}) {
    Body body = page.bodies.in(coding);
    if (!body)
      if (auto text = encode(coding, *identity, Effort::quick)) body = shared(*std::move(text));
    if (!body || body->size() >= smallest) {
      page.bodies.set(coding, nullptr);
      continue;
    }
    smallest = body->size();
    page.bodies.set(coding, std::move(body));
  }
  if (smallest == identity->size()) return;
  counters.add(Counter::compressed);
  counters.add(Counter::compressed_saved_bytes, identity->size() - smallest);
  if (page.bodies.has(Coding::gzip) && page.bodies.has(Coding::brotli)) page.bodies.set(Coding::identity, nullptr);
}

bool reuse(cache::Page& page, const cache::PagePtr& old) {
  if (!old || !may_compress(page) || old->bodies.original() != Coding::identity) return false;
  if (old->bodies.identity_bytes() != page.bodies.identity_bytes()) return false;
  const auto whole = with_identity(*old);
  if (!whole || *whole->bodies.in(Coding::identity) != *page.bodies.in(Coding::identity)) return false;
  page.bodies = old->bodies;
  page.polished = old->polished;
  return true;
}

cache::PagePtr with_identity(const cache::Page& page) {
  for (const Coding coding : {Coding::gzip, Coding::brotli}) {
    const Body& body = page.bodies.in(coding);
    if (!body) continue;
    auto identity = decode(coding, *body, page.bodies.identity_bytes());
    if (!identity || identity->size() != page.bodies.identity_bytes()) return nullptr;
    auto whole = std::make_shared<cache::Page>(page);
    whole->bodies.set(Coding::identity, shared(*std::move(identity)));
    return whole;
  }
  return nullptr;
}

}  // namespace larder::server

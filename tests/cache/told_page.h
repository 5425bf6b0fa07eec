// Told pages: every byte of them follows from key, version and size, so that any wrong one is seen.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "cache/key.h"
#include "cache/page.h"

namespace larder::cache {

inline std::string told_text(const std::string& key, std::uint64_t version, std::uint64_t size) {
  std::string text = key + " version " + std::to_string(version) + " size " + std::to_string(size) + "\n";
  text.reserve(static_cast<std::size_t>(size));
  std::minstd_rand random(static_cast<std::uint32_t>(hash_key(text, 1)));
  while (text.size() < size) text.push_back(static_cast<char>(random()));
  return text;
}

inline std::shared_ptr<Page> told_page(const std::string& key, std::uint64_t version, std::uint64_t size,
                                       Millis created = 1'456'704'000'000, std::int64_t lifetime = 600) {
  auto page = std::make_shared<Page>();
  page->key = key;
  page->status = version % 7 == 0 ? 301 : 200;
  page->fields = {{"Content-Type", "text/html; charset=UTF-8"}, {"X-Version", std::to_string(version)}};
  if (version % 3 == 0) page->fields.push_back({"X-Empty", ""});
  page->tags = version % 5 == 0 ? "home\npost-" + std::to_string(version) : "";
  page->bodies = Bodies(told_text(key, version, size));
  page->created = created;
  page->lifetime = lifetime;
  return page;
}

inline bool same_answer(const Page& a, const Page& b) {
  return a.key == b.key && a.status == b.status && a.fields == b.fields && a.tags == b.tags && a.bodies == b.bodies;
}

// The version that the page says it is, when everything in it agrees with that; else 0.
inline std::uint64_t told_version(const Page& page, const std::string& key) {
  const std::string* version = find_field(page.fields, "X-Version");
  if (!version) return 0;
  const std::uint64_t number = std::stoull(*version);
  const Body& body = page.bodies.in(Coding::identity);
  const auto at = body ? body->find(" size ") : std::string::npos;
  if (at == std::string::npos) return 0;
  const std::uint64_t size = std::stoull(body->substr(at + 6));
  return same_answer(page, *told_page(key, number, size)) ? number : 0;
}

}  // namespace larder::cache

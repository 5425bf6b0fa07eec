#include "server/variants.h"

#include "tests/support/catch.h"

namespace larder::server {
namespace {

using cache::Coding;

std::string text_of(std::size_t size) {
  std::string text;
  while (text.size() < size) text += "<li>entry " + std::to_string(text.size()) + "</li>";
  text.resize(size);
  return text;
}

cache::Page page_of(std::string body, std::string type = "text/html; charset=UTF-8", Fields more = {}) {
  cache::Page page;
  page.fields = std::move(more);
  page.fields.push_back({"Content-Type", std::move(type)});
  page.bodies = cache::Bodies(std::move(body));
  return page;
}

bool gets_compressed(cache::Page page) {
  Counters counters;
  const std::string before = *page.bodies.in(Coding::identity);
  compress(page, counters);
  const bool compressed = page.bodies.has(Coding::brotli);
  if (!compressed) CHECK(*page.bodies.in(Coding::identity) == before);
  CHECK(counters.get(Counter::compressed) == (compressed ? 1 : 0));
  return compressed;
}

TEST_CASE("A text page is kept as brotli and gzip, not as identity") {
  Counters counters;
  const std::string text = text_of(20'000);
  auto page = page_of(text);
  compress(page, counters);
  REQUIRE(page.bodies.has(Coding::brotli));
  REQUIRE(page.bodies.has(Coding::gzip));
  CHECK_FALSE(page.bodies.has(Coding::identity));
  CHECK(page.bodies.identity_bytes() == 20'000);
  CHECK(page.bodies.bytes() < 10'000);
  for (const Coding coding : {Coding::brotli, Coding::gzip})
    CHECK(decode(coding, *page.bodies.in(coding), 20'000) == text);
  CHECK(counters.get(Counter::compressed_saved_bytes) == 20'000 - page.bodies.in(Coding::brotli)->size());
  const auto whole = with_identity(page);
  REQUIRE(whole);
  CHECK(*whole->bodies.in(Coding::identity) == text);
  CHECK(whole->bodies.in(Coding::brotli) == page.bodies.in(Coding::brotli));
  CHECK(whole->memory_cost() > page.memory_cost() + 20'000);
}

TEST_CASE("Types that are text are compressed, others are not") {
  for (const char* type : {"text/html", "TEXT/CSS", "text/plain ; charset=x", "application/json", "image/svg+xml",
                           "application/ld+json; charset=utf-8", "application/rss+xml", "font/ttf", "application/wasm"})
    CHECK(is_compressible(type));
  for (const char* type : {"image/png", "image/jpeg", "font/woff2", "video/mp4", "application/zip", "application/pdf",
                           "application/octet-stream", "", "textual/html", "+xmlx"})
    CHECK_FALSE(is_compressible(type));
}

TEST_CASE("What must not be changed, is small or gains nothing stays as it is") {
  CHECK(gets_compressed(page_of(text_of(256))));
  CHECK_FALSE(gets_compressed(page_of(text_of(255))));
  CHECK_FALSE(gets_compressed(page_of(text_of(5'000), "image/png")));
  CHECK_FALSE(gets_compressed(page_of(text_of(5'000), "text/html", {{"Cache-Control", "public, No-Transform"}})));
  CHECK_FALSE(gets_compressed(page_of(text_of(5'000), "text/html", {{"Content-MD5", "x"}})));
  CHECK_FALSE(gets_compressed(page_of(text_of(5'000), "text/html", {{"Repr-Digest", "x"}})));
  CHECK(gets_compressed(page_of(text_of(5'000), "text/html", {{"Cache-Control", "max-age=5"}})));
  std::string noise;
  for (unsigned i = 0, x = 1; i < 3'000; ++i) noise += static_cast<char>((x = x * 1664525U + 1013904223U) >> 24);
  CHECK_FALSE(gets_compressed(page_of(noise)));
  auto untyped = page_of(text_of(5'000));
  untyped.fields.clear();
  CHECK_FALSE(gets_compressed(std::move(untyped)));
}

TEST_CASE("A page that PHP has compressed is taken as it came, and made identity when somebody needs it") {
  const std::string text = text_of(9'000);
  for (const auto& [coding, name] :
       {std::pair{Coding::gzip, "gzip"}, std::pair{Coding::gzip, "X-GZIP"}, std::pair{Coding::brotli, "br"}}) {
    Counters counters;
    auto page = page_of(*encode(coding, text, Effort::quick), "text/html", {{"Content-Encoding", name}});
    const std::string came = *page.bodies.in(Coding::identity);
    REQUIRE(adopt_encoding(page, 10'000));
    compress(page, counters);
    CHECK(find_field(page.fields, "Content-Encoding") == nullptr);
    CHECK(page.bodies.original() == coding);
    CHECK(*page.bodies.in(coding) == came);
    CHECK(page.bodies.bytes() == came.size());
    CHECK(page.bodies.identity_bytes() == 9'000);
    CHECK(*with_identity(page)->bodies.in(Coding::identity) == text);
  }
}

TEST_CASE("A page that says the same as the last time takes over what was made of it") {
  Counters counters;
  const std::string text = text_of(5'000);
  const auto old = std::make_shared<cache::Page>(page_of(text));
  compress(*old, counters);
  old->polished = true;
  auto same = page_of(text), other = page_of(text_of(4'999) + "x"), shorter = page_of(text_of(4'000));
  CHECK(reuse(same, old));
  CHECK(same.bodies.in(Coding::brotli) == old->bodies.in(Coding::brotli));
  CHECK(same.polished);
  for (auto* page : {&other, &shorter}) {
    CHECK_FALSE(reuse(*page, old));
    CHECK_FALSE(page->bodies.has(Coding::brotli));
  }
  CHECK_FALSE(reuse(other, nullptr));
  auto fixed = page_of(text, "text/html", {{"Cache-Control", "no-transform"}});
  CHECK_FALSE(reuse(fixed, old));
}

TEST_CASE("A page without Content-Encoding, or with identity, needs nothing") {
  auto plain = page_of("hello");
  CHECK(adopt_encoding(plain, 100));
  auto named = page_of("hello", "text/html", {{"Content-Encoding", "identity"}});
  CHECK(adopt_encoding(named, 100));
  CHECK(named.fields.size() == 1);
  CHECK(*named.bodies.in(Coding::identity) == "hello");
}

TEST_CASE("What is not as its Content-Encoding says is not taken") {
  const std::string packed = *encode(Coding::gzip, text_of(9'000), Effort::quick);
  const auto refused = [](cache::Page page, std::uint64_t longest = 10'000) {
    const std::size_t fields = page.fields.size();
    const bool taken = adopt_encoding(page, longest);
    CHECK(page.fields.size() == fields);
    return !taken;
  };
  CHECK(refused(page_of("hello", "text/html", {{"Content-Encoding", "gzip"}})));
  CHECK(refused(page_of(packed, "text/html", {{"Content-Encoding", "br"}})));
  CHECK(refused(page_of(packed, "text/html", {{"Content-Encoding", "zstd"}})));
  CHECK(refused(page_of(packed, "text/html", {{"Content-Encoding", "gzip, br"}})));
  CHECK(refused(page_of(packed, "text/html", {{"Content-Encoding", "gzip"}, {"Content-Encoding", "gzip"}})));
  CHECK(refused(page_of(packed, "text/html", {{"Content-Encoding", "gzip"}, {"Cache-Control", "no-transform"}})));
  CHECK(refused(page_of(packed, "text/html", {{"Content-Encoding", "gzip"}}), 8'999));
}

}  // namespace
}  // namespace larder::server

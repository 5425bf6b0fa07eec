#include "server/representation.h"

#include "tests/support/catch.h"

namespace larder::server {
namespace {

using cache::Coding;

cache::Page page_of(Fields fields, Coding original, std::initializer_list<Coding> codings) {
  cache::Page page;
  page.fields = std::move(fields);
  page.bodies = cache::Bodies(original, 5);
  for (const Coding coding : codings) page.bodies.set(coding, std::make_shared<const std::string>("x"));
  return page;
}

std::string vary(Fields fields) {
  const auto page = page_of(std::move(fields), Coding::identity, {Coding::gzip});
  std::string all;
  for (const Field& field : representation_fields(page, Coding::gzip))
    if (field.name == "Vary") all += "[" + field.value + "]";
  return all;
}

TEST_CASE("The tag of PHP is that of the coding PHP gave; others have an ending") {
  const auto plain = page_of({{"ETag", "\"a\""}}, Coding::identity, {Coding::gzip, Coding::brotli});
  CHECK(entity_tag(plain, Coding::identity) == "\"a\"");
  CHECK(entity_tag(plain, Coding::gzip) == "\"a-gz\"");
  CHECK(entity_tag(plain, Coding::brotli) == "\"a-br\"");
  const auto packed = page_of({{"ETag", "\"a\""}}, Coding::gzip, {Coding::gzip});
  CHECK(entity_tag(packed, Coding::gzip) == "\"a\"");
  CHECK(entity_tag(packed, Coding::identity) == "\"a-id\"");
}

TEST_CASE("A weak tag stands for all codings, and no tag stays none") {
  const auto weak = page_of({{"ETag", "W/\"a\""}}, Coding::identity, {Coding::gzip, Coding::brotli});
  for (const Coding coding : cache::kCodings) CHECK(entity_tag(weak, coding) == "W/\"a\"");
  CHECK(entity_tag(page_of({}, Coding::identity, {Coding::gzip}), Coding::gzip).empty());
}

TEST_CASE("Vary is added to what PHP varies by, once") {
  CHECK(vary({}) == "[Accept-Encoding]");
  CHECK(vary({{"Vary", "Origin"}}) == "[Origin, Accept-Encoding]");
  CHECK(vary({{"Vary", "Origin"}, {"Vary", "Accept"}}) == "[Origin][Accept, Accept-Encoding]");
  CHECK(vary({{"Vary", "accept-encoding,Origin"}}) == "[accept-encoding,Origin]");
  CHECK(vary({{"Vary", "*"}}) == "[*]");
  CHECK(vary({{"Vary", ""}}) == "[Accept-Encoding]");
  CHECK(vary({{"Vary", "X-Accept-Encoding"}}) == "[X-Accept-Encoding, Accept-Encoding]");
}

TEST_CASE("Identity of a page with variants varies too, and has no Content-Encoding") {
  const auto page = page_of({}, Coding::identity, {Coding::identity, Coding::brotli});
  const Fields fields = representation_fields(page, Coding::identity);
  CHECK(fields == Fields{{"Vary", "Accept-Encoding"}});
}

}  // namespace
}  // namespace larder::server

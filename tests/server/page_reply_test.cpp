#include "server/page_reply.h"

#include <malloc.h>

#include "cache/memory_tier.h"
#include "server/http_response.h"
#include "server/variants.h"
#include "tests/support/catch.h"

namespace larder::server {
namespace {

using cache::Coding;

constexpr Millis kCreated = 1'456'704'000'000;  // Mon, 29 Feb 2016 00:00:00 GMT
const Fields kCommon = {{"Server", "larder"}, {"X-Served-By", "Raspberry Pi 3"}};
const std::string kBrowser = "gzip, deflate, br";

std::shared_ptr<cache::Page> a_page(std::string body = "hello") {
  auto page = std::make_shared<cache::Page>();
  page->fields = {{"Content-Type", "text/html"}, {"ETag", "\"abc\""}, {"Set-Thing", "x"}};
  page->bodies = cache::Bodies(std::move(body));
  page->created = kCreated;
  page->lifetime = 600;
  return page;
}

std::string long_text() {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "<p>line " + std::to_string(i) + " of a page</p>\n";
  return text;
}

std::shared_ptr<cache::Page> a_compressed_page() {
  auto page = a_page(long_text());
  Counters counters;
  compress(*page, counters);
  REQUIRE(page->bodies.has(Coding::brotli));
  REQUIRE(page->bodies.has(Coding::gzip));
  REQUIRE_FALSE(page->bodies.has(Coding::identity));
  return page;
}

RequestHead a_request(std::vector<FieldView> fields = {}, std::string_view method = "GET") {
  return {.method = method, .target = "/", .version = "HTTP/1.1", .fields = FieldList(fields)};
}

// The answer to a client; where the page must be inflated first, it is.
Reply reply_to(const cache::PagePtr& page, const RequestHead& head, PageSource source = PageSource{},
               Millis wall = kCreated + 5'000) {
  auto reply = page_reply(page, source, head, kCommon, wall);
  if (reply) return *std::move(reply);
  const auto whole = with_identity(*page);
  REQUIRE(whole);
  reply = page_reply(whole, source, head, kCommon, wall);
  REQUIRE(reply);
  return *std::move(reply);
}

const Fields& fields_of(const Reply& reply) { return reply.prepared ? reply.prepared->fields() : reply.fields; }

std::string field(const Reply& reply, std::string_view name) {
  const std::string* value = find_field(fields_of(reply), name);
  return value != nullptr ? *value : "";
}

std::string body(const Reply& reply) {
  return reply.prepared ? std::string(reply.prepared->body()) : std::get<std::string>(reply.body);
}

TEST_CASE("a hit is prepared once a second and then only handed out") {
  const auto page = a_page();
  const auto first = reply_to(page, a_request(), PageSource{}, kCreated + 5'000);
  const auto same_second = reply_to(page, a_request(), PageSource{}, kCreated + 5'999);
  const auto next_second = reply_to(page, a_request(), PageSource{}, kCreated + 6'000);
  REQUIRE(first.prepared != nullptr);
  CHECK(same_second.prepared == first.prepared);
  CHECK(next_second.prepared != first.prepared);
}

TEST_CASE("what is prepared does not keep the page alive") {
  cache::PagePtr page = a_page();
  const std::weak_ptr<const cache::Page> watch = page;
  const auto reply = reply_to(page, a_request());
  page.reset();
  CHECK(watch.expired());
}

TEST_CASE("a matching validator gets a 304 with the fields that belong there") {
  const auto reply =
      reply_to(a_page(), a_request({{"If-None-Match", "\"x\", W/\"abc\""}}), PageSource{}, kCreated + 61'000);
  CHECK(reply.status == 304);
  CHECK(field(reply, "ETag") == "\"abc\"");
  CHECK(field(reply, "Age") == "61");
  CHECK(field(reply, "Date") == "Mon, 29 Feb 2016 00:00:00 GMT");
  CHECK(field(reply, "Cache-Status") == "larder; hit; ttl=539");
  CHECK(field(reply, "X-Served-By") == "Raspberry Pi 3");
  CHECK(field(reply, "Content-Type").empty());
  CHECK(field(reply, "Set-Thing").empty());
}

TEST_CASE("another validator gets the page") {
  CHECK(reply_to(a_page(), a_request({{"If-None-Match", "\"x\""}})).status == 200);
  CHECK(reply_to(a_page(), a_request({{"If-Match", "\"x\""}})).status == 412);
}

TEST_CASE("a page that exists in one coding only says nothing about codings") {
  const auto reply = reply_to(a_page(), a_request({{"Accept-Encoding", kBrowser}}));
  CHECK(field(reply, "Content-Encoding").empty());
  CHECK(field(reply, "Vary").empty());
  CHECK(field(reply, "ETag") == "\"abc\"");
}

TEST_CASE("every client gets the coding it likes, which decodes to the same page, with a tag of its own") {
  const auto page = a_compressed_page();
  struct Row {
    const char* accepts;
    const char* encoding;
    const char* tag;
    Coding coding;
  };
  for (const Row& row :
       {Row{"gzip, deflate, br", "br", "\"abc-br\"", Coding::brotli}, Row{"gzip", "gzip", "\"abc-gz\"", Coding::gzip},
        Row{"br;q=0.1, gzip", "gzip", "\"abc-gz\"", Coding::gzip}, Row{"identity", "", "\"abc\"", Coding::identity},
        Row{"", "", "\"abc\"", Coding::identity}}) {
    const auto reply = reply_to(page, a_request({{"Accept-Encoding", row.accepts}}));
    INFO(row.accepts);
    CHECK(field(reply, "Content-Encoding") == row.encoding);
    CHECK(field(reply, "ETag") == row.tag);
    CHECK(field(reply, "Vary") == "Accept-Encoding");
    CHECK(decode(row.coding, body(reply), 1 << 20) == long_text());
  }
}

TEST_CASE("each coding's answer is prepared by itself") {
  const auto page = a_compressed_page();
  const auto brotli = reply_to(page, a_request({{"Accept-Encoding", "br"}}));
  const auto gzip = reply_to(page, a_request({{"Accept-Encoding", "gzip"}}));
  CHECK(brotli.prepared != gzip.prepared);
  CHECK(reply_to(page, a_request({{"Accept-Encoding", "br"}})).prepared == brotli.prepared);
  CHECK(reply_to(page, a_request({{"Accept-Encoding", "gzip"}})).prepared == gzip.prepared);
}

TEST_CASE("a client that takes nothing compressed is told that the page must be inflated first") {
  CHECK_FALSE(page_reply(a_compressed_page(), PageSource{}, a_request(), kCommon, kCreated));
}

TEST_CASE("a validator of any coding that the client takes is the page's own") {
  const auto page = a_compressed_page();
  for (const char* tag : {"\"abc-br\"", "\"abc-gz\"", "\"abc\""}) {
    const auto reply = reply_to(page, a_request({{"Accept-Encoding", kBrowser}, {"If-None-Match", tag}}));
    CHECK(reply.status == 304);
    CHECK(field(reply, "ETag") == tag);
    CHECK(field(reply, "Vary") == "Accept-Encoding");
    CHECK(field(reply, "Content-Encoding").empty());
    const auto match = reply_to(page, a_request({{"Accept-Encoding", kBrowser}, {"If-Match", tag}}));
    CHECK(match.status == 200);
  }
}

TEST_CASE("a validator of a coding that the client does not take is not its page's") {
  const auto page = a_compressed_page();
  CHECK(reply_to(page, a_request({{"Accept-Encoding", "gzip"}, {"If-None-Match", "\"abc-br\""}})).status == 200);
  CHECK(reply_to(page, a_request({{"If-None-Match", "\"abc-gz\""}})).status == 200);
  CHECK(reply_to(page, a_request({{"If-Match", "\"abc-gz\""}})).status == 412);
}

TEST_CASE("a 304 says the length of the coding it stands for") {
  const auto page = a_compressed_page();
  const auto reply = reply_to(page, a_request({{"Accept-Encoding", "br"}, {"If-None-Match", "\"abc-br\""}}));
  CHECK(reply.not_sent == page->bodies.in(Coding::brotli)->size());
}

TEST_CASE("ranges are those of identity, whatever else the client takes") {
  const auto page = a_compressed_page();
  const std::string text = long_text();
  const auto part = reply_to(page, a_request({{"Accept-Encoding", kBrowser}, {"Range", "bytes=10-19"}}));
  CHECK(part.status == 206);
  CHECK(body(part) == text.substr(10, 10));
  CHECK(field(part, "Content-Range") == "bytes 10-19/" + std::to_string(text.size()));
  CHECK(field(part, "Content-Type") == "text/html");
  CHECK(field(part, "Content-Encoding").empty());
  CHECK(field(part, "ETag") == "\"abc\"");
  CHECK(field(part, "Cache-Status") == "larder; hit; ttl=595");

  const auto several = reply_to(page, a_request({{"Range", "bytes=0-3,10-13"}}));
  CHECK(several.status == 206);
  CHECK(field(several, "Content-Type") == "multipart/byteranges; boundary=larder-abc");
  CHECK(body(several).find("Content-Range: bytes 10-13/") != std::string::npos);

  const auto beyond = reply_to(page, a_request({{"Range", "bytes=999999-"}}));
  CHECK(beyond.status == 416);
  CHECK(field(beyond, "Content-Range") == "bytes */" + std::to_string(text.size()));
  CHECK(body(beyond).empty());
}

TEST_CASE("a range is asked for in vain of a HEAD, of another version, and by who refuses identity") {
  const auto page = a_compressed_page();
  CHECK(reply_to(page, a_request({{"Range", "bytes=0-3"}}, "HEAD")).status == 200);
  CHECK(reply_to(page, a_request({{"Range", "bytes=0-3"}, {"If-Range", "\"abc-br\""}})).status == 200);
  CHECK(reply_to(page, a_request({{"Range", "bytes=0-3"}, {"If-Range", "\"abc\""}})).status == 206);
  const auto refused = reply_to(page, a_request({{"Range", "bytes=0-3"}, {"Accept-Encoding", "br, identity;q=0"}}));
  CHECK(refused.status == 200);
  CHECK(field(refused, "Content-Encoding") == "br");
}

// The memory tier believes memory_cost(); a lie would let it hold more than its bound.
TEST_CASE("a page costs at least what it and its prepared answers take") {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  for (const std::size_t extra : {0U, 5U, 30U}) {
    const auto before = ::mallinfo2().uordblks;
    auto page = a_compressed_page();
    for (std::size_t i = 0; i < extra; ++i)
      page->fields.push_back({"X-Field-" + std::to_string(i), std::string(40, 'x')});
    for (const char* accepts : {"br", "gzip"}) reply_to(page, a_request({{"Accept-Encoding", accepts}}));
    const auto after = ::mallinfo2().uordblks;
    const std::size_t taken = after - before;
    CHECK(page->memory_cost() + cache::MemoryTier::kEntryOverhead >= taken);
    CHECK(page->memory_cost() <= 2 * taken);
  }
#endif
}

}  // namespace
}  // namespace larder::server

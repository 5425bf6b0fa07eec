#include "server/render.h"

#include "server/content_coding.h"
#include "server/failure.h"
#include "tests/support/catch.h"
#include "tests/support/fake_connection.h"
#include "tests/support/manual_clock.h"

namespace larder::server {
namespace {

using fastcgi::CgiHead;
using fastcgi::Outcome;

struct Fixture {
  ManualClock clock;
  Counters counters;
  std::vector<std::string> reports;
  std::unique_ptr<cache::PageStore> store = open_store();
  FlightTable flights{60'000, clock};
  SpoolSpace space{"", 1 << 20, counters};
  TaskThread spooler{"spooler"};
  cache::PurgeList purges;
  std::vector<std::string> forgotten;
  RenderContext context{*store,
                        flights,
                        space,
                        spooler,
                        clock,
                        counters,
                        [this](Level, std::string_view text) { reports.emplace_back(text); },
                        purges,
                        [this](const std::vector<std::string>& keys) { forgotten = keys; },
                        {},
                        {}};
  FakeConnections connections;
  FakeSuspender suspender{connections};
  Landing leader, follower;
  std::shared_ptr<Flight> flight;

  std::unique_ptr<cache::PageStore> open_store() {
    auto opened = cache::PageStore::open({.memory_bytes = 1 << 20, .max_page_bytes = 10'000}, clock, counters,
                                         [](Level, std::string_view) {});
    REQUIRE(opened.ok());
    return std::move(*opened);
  }
  // A render that two requests wait for.
  Render shared_render() {
    flight = flights.join("http://a/", &leader, suspender).flight;
    flights.join("http://a/", &follower, suspender);
    return Render({.idempotent = true, .may_store = true, .key = "http://a/"}, flight, context);
  }
  // And one that asks about a page which is stored.
  cache::PagePtr stored;
  Render render_of_stored(bool if_error = true) {
    auto page = std::make_shared<cache::Page>();
    page->key = "http://a/";
    page->fields = {{"Content-Type", "text/html"}, {"ETag", "\"1\""}, {"Cache-Control", "max-age=1"}};
    page->bodies = cache::Bodies("stored");
    store->put(page);
    stored = page;
    flight = flights.join("http://a/", &leader, suspender).flight;
    flights.join("http://a/", &follower, suspender);
    return Render({.may_store = true, .key = "http://a/", .stored = page, .if_error = if_error}, flight, context);
  }
  static CgiHead head(Fields fields = {}, int status = 200) {
    fields.insert(fields.begin(), {"Content-Type", "text/html"});
    return {status, std::move(fields)};
  }
};

TEST_CASE_METHOD(Fixture, "a page that may be shared is stored and lands for all when it is complete") {
  Render render = shared_render();
  CHECK(render.on_head(head()));
  CHECK(render.on_body("hello "));
  CHECK(connections.woken() == 0);
  CHECK(render.on_body("world"));
  render.on_end(Outcome::complete);
  REQUIRE(leader.page != nullptr);
  CHECK(follower.page == leader.page);
  CHECK(*leader.page->bodies.in(cache::Coding::identity) == "hello world");
  CHECK(leader.page->lifetime == 600);
  CHECK(find_field(leader.page->fields, "ETag") != nullptr);
  CHECK(store->find_in_memory("http://a/") == leader.page);
}

TEST_CASE_METHOD(Fixture, "a text page is compressed once, before it is stored and lands") {
  Render render = shared_render();
  CHECK(render.on_head(head()));
  for (int i = 0; i < 100; ++i) CHECK(render.on_body("<p>the same line again</p>\n"));
  render.on_end(Outcome::complete);
  REQUIRE(leader.page != nullptr);
  CHECK(leader.page->bodies.has(cache::Coding::brotli));
  CHECK(follower.page == leader.page);
  CHECK(store->find_in_memory("http://a/") == leader.page);
  CHECK(counters.get(Counter::compressed) == 1);
}

TEST_CASE_METHOD(Fixture, "compression can be turned off") {
  context.compress = false;
  Render render = shared_render();
  CHECK(render.on_head(head()));
  CHECK(render.on_body(std::string(5'000, 'a')));
  render.on_end(Outcome::complete);
  REQUIRE(leader.page != nullptr);
  CHECK(leader.page->bodies.bytes() == 5'000);
}

TEST_CASE_METHOD(Fixture, "a page that PHP has compressed is stored as it came") {
  const std::string packed = *encode(cache::Coding::gzip, std::string(5'000, 'a'), Effort::quick);
  Render render = shared_render();
  CHECK(render.on_head(head({{"Content-Encoding", "gzip"}})));
  CHECK(render.on_body(packed));
  render.on_end(Outcome::complete);
  const auto page = store->find_in_memory("http://a/");
  REQUIRE(page != nullptr);
  CHECK(*page->bodies.in(cache::Coding::gzip) == packed);
  CHECK(page->bodies.bytes() == packed.size());
  CHECK(page->bodies.identity_bytes() == 5'000);
}

TEST_CASE_METHOD(Fixture,
                 "a page that is not what its Content-Encoding says goes to the leader as it is, and nowhere else") {
  Render render = shared_render();
  CHECK(render.on_head(head({{"Content-Encoding", "gzip"}})));
  CHECK(render.on_body("no gzip"));
  render.on_end(Outcome::complete);
  REQUIRE(leader.stream != nullptr);
  CHECK(leader.detail == "encoded");
  CHECK(leader.stream->whole_size() == 7);
  CHECK(find_field(leader.fields, "Content-Encoding") != nullptr);
  CHECK(follower.separate);
  CHECK(store->find_in_memory("http://a/") == nullptr);
}

TEST_CASE_METHOD(Fixture, "a 304 brings the head of the stored page up to date and keeps its body (RFC 9111 4.3.4)") {
  Render render = render_of_stored();
  render.on_head({304, {{"ETag", "\"1\""}, {"Cache-Control", "max-age=9"}, {"X-New", "1"}}});
  REQUIRE(leader.page != nullptr);
  CHECK(leader.fwd_status == 304);
  CHECK(follower.page == leader.page);
  CHECK(leader.page->lifetime == 9);
  CHECK(leader.page->bodies == stored->bodies);
  CHECK(*find_field(leader.page->fields, "Content-Type") == "text/html");
  CHECK(find_field(leader.page->fields, "X-New") != nullptr);
  CHECK(store->find_in_memory("http://a/") == leader.page);
  render.on_end(Outcome::complete);
  CHECK(counters.get(Counter::validated) == 1);
}

TEST_CASE_METHOD(Fixture, "a 304 about something else ends what is stored (RFC 9111 4.3.4)") {
  Render render = render_of_stored(false);
  CHECK_FALSE(render.on_head({304, {{"ETag", "\"2\""}}}));
  CHECK(leader.failure == Outcome::malformed);
  CHECK(store->find_in_memory("http://a/") == nullptr);
}

TEST_CASE_METHOD(Fixture, "an error of PHP, or none at all, leaves the stored page for an answer (RFC 5861 4)") {
  const bool says_503 = GENERATE(true, false);
  Render render = render_of_stored();
  if (says_503)
    CHECK_FALSE(render.on_head({503, {}}));
  else
    render.on_end(Outcome::no_worker);
  CHECK(leader.page == stored);
  CHECK(leader.stale);
  CHECK(leader.fwd_status == (says_503 ? 503 : 0));
  CHECK(store->find_in_memory("http://a/") == stored);
  CHECK(flights.has_failed("http://a/"));
}

TEST_CASE_METHOD(Fixture, "a render that began before its tag was purged answers, and is not stored") {
  Render render = shared_render();
  render.on_head(head({{"Cache-Tag", "post-1, home"}}));
  purges.add({{cache::Purge::Kind::tag, "home", false, 0}});
  render.on_end(Outcome::complete);
  REQUIRE(leader.page != nullptr);
  CHECK(leader.detail == "purged");
  CHECK(leader.page->tags == "post-1\nhome");
  CHECK(find_field(leader.page->fields, "Cache-Tag") == nullptr);
  CHECK(store->find_in_memory("http://a/") == nullptr);
}

TEST_CASE_METHOD(Fixture, "an unsafe method that PHP does not refuse makes its page forgotten (RFC 9111 4.4)") {
  const int status = GENERATE(200, 303, 404, 500);
  const cache::IgnoredParams none;
  flight = flights.solo(&leader, suspender);
  Render render({.changes = ChangedUri{"http://a/", "http://a", "/", &none}}, flight, context);
  render.on_head(head({{"Location", "/b"}}, status));
  CHECK(forgotten == (status < 400 ? std::vector<std::string>{"http://a/", "http://a/b"} : std::vector<std::string>{}));
}

TEST_CASE_METHOD(Fixture, "a page that is not for all any more is stored no longer") {
  Render render = render_of_stored();
  render.on_head(head({{"Cache-Control", "private"}}));
  REQUIRE(leader.stream != nullptr);
  CHECK(store->find_in_memory("http://a/") == nullptr);
}

TEST_CASE_METHOD(Fixture, "an answer that is private streams to the leader and sends the others on their own") {
  Render render = shared_render();
  CHECK(render.on_head(head({{"Set-Cookie", "a=b"}, {"Set-Cookie", "c=d"}})));
  REQUIRE(leader.stream != nullptr);
  CHECK(leader.detail == "set-cookie");
  CHECK(leader.fields.size() == 3);
  CHECK(follower.separate);
  CHECK(flights.is_separate("http://a/"));
  CHECK(render.on_body("secret"));
  render.on_end(Outcome::complete);
  CHECK(leader.stream->whole_size() == 6);
  CHECK(store->find_in_memory("http://a/") == nullptr);
}

TEST_CASE_METHOD(Fixture, "a page that grows too large turns into a stream with nothing lost") {
  Render render = shared_render();
  CHECK(render.on_head(head()));
  CHECK(render.on_body(std::string(9'000, 'a')));
  CHECK(leader.stream == nullptr);
  CHECK(render.on_body(std::string(9'000, 'b')));
  REQUIRE(leader.stream != nullptr);
  CHECK(leader.detail == "too-large");
  render.on_end(Outcome::complete);
  CHECK(leader.stream->whole_size() == 18'000);
}

TEST_CASE_METHOD(Fixture, "a worker that dies half-way makes no page and fails all who wait") {
  Render render = shared_render();
  render.on_head(head());
  render.on_body("half");
  render.on_end(Outcome::died_midway);
  CHECK(leader.failure == Outcome::died_midway);
  CHECK(follower.failure == Outcome::died_midway);
  CHECK(store->find_in_memory("http://a/") == nullptr);
}

TEST_CASE_METHOD(Fixture, "a page shorter than it declared is no page") {
  Render render = shared_render();
  render.on_head(head({{"Content-Length", "100"}}));
  render.on_body("short");
  render.on_end(Outcome::complete);
  CHECK(leader.failure == Outcome::malformed);
  CHECK(reports.size() == 1);
}

TEST_CASE_METHOD(Fixture, "the fields that Larder writes itself are not taken from PHP") {
  Render render = shared_render();
  render.on_head(head({{"Content-Length", "2"},
                       {"Server", "x"},
                       {"Date", "x"},
                       {"Age", "1"},
                       {"X-Served-By", "y"},
                       {"Cache-Status", "z"},
                       {"Link", "</a>"},
                       {"Link", "</b>"}}));
  render.on_body("ok");
  render.on_end(Outcome::complete);
  REQUIRE(leader.page != nullptr);
  const Fields expected = {{"Content-Type", "text/html"}, {"Link", "</a>"}, {"Link", "</b>"}};
  CHECK(Fields(leader.page->fields.begin(), leader.page->fields.begin() + 3) == expected);
  CHECK(leader.page->fields.size() == 4);  // and ETag
}

TEST_CASE_METHOD(Fixture, "a request that must not be stored streams, whatever the answer says") {
  flight = flights.solo(&leader, suspender);
  Render render({.may_store = false}, flight, context);
  render.on_head(head({{"Cache-Control", "max-age=60"}}));
  REQUIRE(leader.stream != nullptr);
  CHECK(leader.detail.empty());
}

TEST_CASE_METHOD(Fixture, "a private render whose client has left is not wanted; a shared one always is") {
  flight = flights.solo(&leader, suspender);
  Render alone({.may_store = false}, flight, context);
  CHECK(alone.wanted());
  connections.left = true;
  CHECK_FALSE(alone.wanted());
  CHECK(shared_render().wanted());
}

TEST_CASE_METHOD(Fixture, "a HEAD that PHP answers itself wants no body") {
  flight = flights.solo(&leader, suspender);
  Render render({.may_store = false, .head_only = true}, flight, context);
  CHECK_FALSE(render.on_head(head({{"Content-Length", "123"}})));
  CHECK(leader.length == 123);
}

TEST_CASE_METHOD(Fixture, "what PHP writes to its error stream becomes one report a line") {
  Render render = shared_render();
  render.on_stderr("PHP Warning: a\nPHP Not");
  render.on_stderr("ice: b\n\nlast");
  render.on_end(Outcome::died_before_head);
  CHECK(reports == std::vector<std::string>{"php: PHP Warning: a", "php: PHP Notice: b", "php: last"});
  CHECK(counters.get(Counter::php_stderr_lines) == 3);
}

TEST_CASE("every way in which PHP can fail has its status") {
  const auto status = [](Outcome outcome) { return failure_of(outcome).status; };
  CHECK(status(Outcome::queue_full) == 503);
  CHECK(status(Outcome::queue_expired) == 503);
  CHECK(status(Outcome::stopping) == 503);
  CHECK(status(Outcome::no_worker) == 503);
  CHECK(status(Outcome::timed_out) == 504);
  CHECK(status(Outcome::died_before_head) == 502);
  CHECK(status(Outcome::died_midway) == 502);
  CHECK(status(Outcome::malformed) == 502);
  CHECK(failure_of(Outcome::queue_full).retry);
}

}  // namespace
}  // namespace larder::server

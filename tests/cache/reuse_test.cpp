#include "cache/reuse.h"

#include "tests/support/catch.h"

namespace larder::cache {
namespace {

using Verdict = Reuse::Verdict;
constexpr Millis kCreated = 1'456'704'000'000;
const StalePolicy kPolicy{.while_revalidate = 100, .if_error = 1'000};

// A page whose response said this, with the lifetime that decide() would give it (600 s when it says nothing).
PagePtr page_saying(const std::string& control, std::int64_t lifetime) {
  auto page = std::make_shared<Page>();
  if (!control.empty()) page->fields = {{"Cache-Control", control}};
  page->created = kCreated;
  page->lifetime = lifetime;
  return page;
}
Reuse judge(const PagePtr& page, std::int64_t age, const std::string& request = "") {
  return judge_reuse(*page, request_control(request, ""), kPolicy, kCreated + age * 1000);
}
Reuse judge_default(std::int64_t age, const std::string& request = "") {
  return judge(page_saying("", 600), age, request);
}

TEST_CASE("A response is fresh while its age is below its lifetime (RFC 9111 4.2)") {
  CHECK(judge_default(0).verdict == Verdict::hit);
  CHECK(judge_default(599).verdict == Verdict::hit);
  CHECK(judge_default(600).verdict != Verdict::hit);
}

TEST_CASE("A page that declared nothing is used stale while it is refreshed, for the configured time (RFC 5861 3)") {
  CHECK(judge_default(600).verdict == Verdict::hit_and_refresh);
  CHECK(judge_default(700).verdict == Verdict::hit_and_refresh);
  const Reuse later = judge_default(701);
  CHECK(later.verdict == Verdict::ask);
  CHECK(later.why == "stale");
}

TEST_CASE("Who declares a lifetime means it, unless a stale time is declared with it (RFC 9111 4.2.4, RFC 5861 3)") {
  CHECK(judge(page_saying("max-age=60", 60), 60).verdict == Verdict::ask);
  const PagePtr page = page_saying("max-age=60, stale-while-revalidate=5", 60);
  CHECK(judge(page, 65).verdict == Verdict::hit_and_refresh);
  CHECK(judge(page, 66).verdict == Verdict::ask);
  CHECK(judge(page_saying("stale-while-revalidate=0", 600), 600).verdict == Verdict::ask);
}

TEST_CASE("A page that a purge made stale is refreshed while it is used, whatever it had declared") {
  CHECK(judge(page_saying("max-age=600", 10), 20).verdict == Verdict::hit_and_refresh);
  CHECK(judge(page_saying("max-age=600, must-revalidate", 10), 20).verdict == Verdict::ask);
}

TEST_CASE("When PHP has no answer a stale page is better than none, for its time (RFC 5861 4)") {
  CHECK(judge_default(1'600).if_error);
  CHECK_FALSE(judge_default(1'601).if_error);
  CHECK(judge(page_saying("max-age=60", 60), 1'060).if_error);
  const PagePtr page = page_saying("max-age=60, stale-if-error=5", 60);
  CHECK(judge(page, 65).if_error);
  CHECK_FALSE(judge(page, 66).if_error);
}

TEST_CASE("What must be revalidated is never used stale (RFC 9111 4.2.4, 5.2.2.2, 5.2.2.8, 5.2.2.10)") {
  for (const char* word : {"must-revalidate", "proxy-revalidate", "s-maxage=60", "no-cache"}) {
    INFO(word);
    const PagePtr page = page_saying(std::string(word) + ", stale-while-revalidate=9, stale-if-error=9", 60);
    for (const char* request : {"", "max-stale", "max-stale=100"}) {
      const Reuse reuse = judge(page, 61, request);
      CHECK(reuse.verdict == Verdict::ask);
      CHECK_FALSE(reuse.if_error);
      CHECK(reuse.why == "stale");
    }
  }
}

TEST_CASE("A client may set a greatest age (RFC 9111 5.2.1.1)") {
  CHECK(judge_default(10, "max-age=10").verdict == Verdict::hit);
  const Reuse reuse = judge_default(11, "max-age=10");
  CHECK(reuse.verdict == Verdict::ask);
  CHECK(reuse.why == "request");
  CHECK(reuse.rule == "max-age");
  CHECK(reuse.if_error);
  CHECK(judge_default(650, "max-age=1000").verdict == Verdict::ask);  // it does not say that stale will do
}

TEST_CASE("A client may take what is stale (RFC 9111 5.2.1.2)") {
  const PagePtr page = page_saying("max-age=60", 60);
  CHECK(judge(page, 70, "max-stale=10").verdict == Verdict::hit_and_refresh);
  CHECK(judge(page, 71, "max-stale=10").verdict == Verdict::ask);
  CHECK(judge(page, 1'000'000, "max-stale").verdict == Verdict::hit_and_refresh);
  CHECK(judge(page, 70, "max-stale=10, max-age=70").verdict == Verdict::hit_and_refresh);
}

TEST_CASE("A client may want it fresh for a while still (RFC 9111 5.2.1.3)") {
  CHECK(judge_default(590, "min-fresh=10").verdict == Verdict::hit);
  const Reuse reuse = judge_default(591, "min-fresh=10");
  CHECK(reuse.verdict == Verdict::ask);
  CHECK(reuse.rule == "min-fresh");
}

TEST_CASE("A client may have PHP asked (RFC 9111 5.2.1.4)") {
  const Reuse reuse = judge_default(0, "no-cache");
  CHECK(reuse.verdict == Verdict::ask);
  CHECK(reuse.why == "request");
  CHECK(reuse.if_error);
}

TEST_CASE("no-store and only-if-cached do not keep a client from what is stored (RFC 9111 5.2.1.5, 5.2.1.7)") {
  CHECK(judge_default(0, "no-store").verdict == Verdict::hit);
  CHECK(judge_default(0, "only-if-cached").verdict == Verdict::hit);
}

// Whatever is combined: what is forbidden stays forbidden, and time only takes rights away.
TEST_CASE("The older a page is, the less it may be used") {
  const std::string said = GENERATE("", "max-age=60", "max-age=60, stale-while-revalidate=50, stale-if-error=80",
                                    "s-maxage=60", "max-age=60, must-revalidate", "stale-if-error=0");
  const std::string asked = GENERATE("", "max-age=30", "min-fresh=20", "max-stale=40", "no-cache", "max-stale");
  INFO(said << " / " << asked);
  const PagePtr page = page_saying(said, said.find("age=60") != std::string::npos ? 60 : 600);
  Reuse before = judge(page, 0, asked);
  for (std::int64_t age = 1; age < 2'000; ++age) {
    const Reuse now = judge(page, age, asked);
    CHECK((now.verdict == Verdict::ask) == !now.why.empty());
    CHECK(static_cast<int>(now.verdict) >= static_cast<int>(before.verdict));
    if (before.verdict == Verdict::ask) CHECK((before.if_error || !now.if_error));
    before = now;
  }
}

}  // namespace

TEST_CASE("stale limits can be stretched, and what is off stays off") {
  const StalePolicy hour{.while_revalidate = 3'600, .if_error = 7'200};
  CHECK(longer(hour, 2, 0).while_revalidate == 7'200);
  CHECK(longer(hour, 2, 0).if_error == 14'400);
  CHECK(longer(hour, 2, 86'400).while_revalidate == 86'400);
  const StalePolicy off{.while_revalidate = 0, .if_error = 0};
  CHECK(longer(off, 2, 86'400).while_revalidate == 0);
  CHECK(longer(off, 2, 86'400).if_error == 0);
}

}  // namespace larder::cache

#include "server/peer_mail.h"

#include <algorithm>
#include <random>
#include <tuple>

#include "server/purge_request.h"
#include "tests/support/catch.h"

namespace larder::server {
namespace {

using cache::Purge;
using Kind = Purge::Kind;
using Purges = std::vector<Purge>;

const cache::IgnoredParams kIgnored({"utm_*"});
constexpr Millis kNow = 7;

// What the peer that gets the mails purges.
Purges understood(const std::vector<PeerMail>& mails) {
  Purges all;
  for (const PeerMail& mail : mails) {
    CHECK(mail.body->size() <= kLongestPurgeRequest);
    const auto purges = parse_purge_request(*mail.body, kIgnored, kNow);
    INFO(*mail.body);
    REQUIRE(purges.ok());
    for (const Purge& purge : *purges) CHECK(purge.hard == mail.hard);
    all.insert(all.end(), purges->begin(), purges->end());
  }
  return all;
}

Purges sorted(Purges purges) {
  std::sort(purges.begin(), purges.end(), [](const Purge& a, const Purge& b) {
    return std::tie(a.kind, a.text, a.hard) < std::tie(b.kind, b.text, b.hard);
  });
  return purges;
}

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t limit) { return random_() % limit; }
  std::string pick(std::initializer_list<const char*> words) { return *(words.begin() + below(words.size())); }
  // As they come: from a body, whose words are JSON, so that URLs are in their normal form.
  Purge purge() {
    std::string url = pick({"http://a", "https://Example.org:8443", "http://[::1]:81", "http://a:80"});
    for (std::size_t i = below(4); i > 0; --i)
      url += pick({"/b", "/%41%c3%a4", "/ä", "/c%2Fd", "//", "/.", "/\"q\"", "/;x=1", "/"});
    for (std::size_t i = below(4); i > 0; --i)
      url += pick({"?x=1", "&utm_source=y", "?", "&&", "&\\u", "=%zz", "&ü", "&<>", "?utm_a=b"});
    PurgeWish wish{.urls = {}, .prefixes = {}, .tags = {}, .all = false, .hard = below(2) == 0};
    switch (below(4)) {
      case 0:
        wish.urls = {url};
        break;
      case 1:
        wish.prefixes = {url};
        break;
      case 2:
        wish.tags = {pick({"post-1", "ü", "a b", "\"", "\\", "\t", "日本"})};
        break;
      default:
        wish.all = true;
    }
    const auto purges = parse_purge_request(encode_purge_request(wish), kIgnored, kNow);
    return purges ? purges->front() : Purge{.text = "http://a/", .at = kNow};
  }

 private:
  std::mt19937 random_;
};

TEST_CASE("a peer understands of the mails just what was purged here") {
  Dice dice(5);
  for (int round = 0; round < 500; ++round) {
    Purges purges;
    for (std::size_t i = dice.below(9); i > 0; --i) purges.push_back(dice.purge());
    Purges wanted;
    for (Purge purge : purges) {  // raw bytes of a query: the prefix before them
      const auto odd = std::find_if(purge.text.begin(), purge.text.end(), [](char c) { return (c & 0x80) != 0; });
      if (purge.kind == Kind::key && odd != purge.text.end()) purge.kind = Kind::prefix;
      if (purge.kind == Kind::prefix) purge.text.erase(odd, purge.text.end());
      wanted.push_back(std::move(purge));
    }
    // All is all, however often it is said.
    for (Purges* list : {&purges, &wanted})
      for (const bool hard : {true, false}) {
        const Purge all{Kind::all, "", hard, kNow};
        if (std::erase(*list, all) > 0) list->push_back(all);
      }
    CHECK(sorted(understood(mails_of(purges, 0))) == sorted(wanted));
  }
}

TEST_CASE("a URL that is no text is told as the prefix of it that is") {
  const Purges told = understood(mails_of({{Kind::key, "http://a/b?x=\xff&y", true, kNow}}, 0));
  REQUIRE(told.size() == 1);
  CHECK(told.front() == Purge{Kind::prefix, "http://a/b?x=", true, kNow});
}

TEST_CASE("more than fits in one request is told in several, and no name is lost") {
  Purges many, longer;
  for (int i = 0; i < 4'100; ++i) many.push_back({Kind::tag, "post-" + std::to_string(i), true, kNow});
  for (int i = 0; i < 300; ++i) longer.push_back({Kind::tag, std::string(9'000, 'x') + std::to_string(i), false, kNow});
  for (const Purges& purges : {many, longer}) {
    const auto mails = mails_of(purges, 0);
    CHECK(mails.size() > 1);
    CHECK(sorted(understood(mails)) == sorted(purges));
  }
  CHECK(mails_of({}, 0).empty());
}

TEST_CASE("one name too long for any request becomes everything") {
  const auto mails = mails_of({{Kind::tag, std::string(2 << 20, 'x'), false, kNow}}, 3);
  REQUIRE(mails.size() == 1);
  CHECK(mails.front().everything);
  CHECK(understood(mails) == Purges{{Kind::all, "", false, kNow}});
}

TEST_CASE("at the start the last day of the log is told again, oldest first, each hour as of its last purge") {
  constexpr Millis kHour = 3'600'000, kWall = 1'000 * kHour, kSteady = 50'000;
  const auto ago = [](const char* tag, Millis age) { return Purge{Kind::tag, tag, true, kWall - age}; };
  const auto mails = mails_again({ago("week", 7 * 24 * kHour), ago("late", 5), ago("ten", 10 * kHour + 60'000),
                                  ago("ten", 10 * kHour + 1'000), ago("future", -kHour)},
                                 kWall, kSteady);
  REQUIRE(mails.size() == 2);
  CHECK(understood({mails[0]}).front().text == "ten");
  CHECK(mails[0].since == kSteady - 10 * kHour - 1'000);
  CHECK(understood({mails[1]}).size() == 2);
  CHECK(mails[1].since == kSteady);
}

TEST_CASE("a request says to whom it goes, who sends it, and the token if there is one") {
  const PeerAddress six{.host = "::1", .port = "81"};
  const PeerMail mail{.body = std::make_shared<const std::string>("{}"), .since = 1'000};
  const std::string head = peer_request_head(six, "secret", "me", mail, 2'000);
  CHECK(head.starts_with("POST /larder/purge HTTP/1.1\r\nHost: [::1]:81\r\nLarder-Forwarded: me 0\r\n"));
  CHECK(head.find("\r\nAuthorization: Bearer secret\r\n") != std::string::npos);
  CHECK(head.ends_with("\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"));
  CHECK(peer_request_head(six, "", "me", mail, 2'000).find("Authorization") == std::string::npos);
}

TEST_CASE("a purge is as old as it was made, less the time that a render under way may take") {
  const PeerMail mail{.body = std::make_shared<const std::string>("{}"), .since = 0};
  const auto mark_at = [&](Millis now) {
    const std::string head = peer_request_head({"a", "80"}, "", "me", mail, now);
    const std::size_t begin = head.find("Larder-Forwarded: ") + 18;
    return parse_forward_mark(std::string_view(head).substr(begin, head.find('\r', begin) - begin)).age;
  };
  CHECK(mark_at(0) == 0);
  CHECK(mark_at(kLongestRender) == 0);
  CHECK(mark_at(kLongestRender + 5'999) == 5'000);
}

TEST_CASE("a mark whose age is nonsense is one without an age") {
  CHECK(parse_forward_mark("me 60").sender == "me");
  CHECK(parse_forward_mark("me 60").age == 60'000);
  for (const char* value : {"", "me", "me ", "me x", "me -5", "me 5 6", "me 5x", "me 99999999999"}) {
    INFO(value);
    CHECK(parse_forward_mark(value).age == 0);
  }
}

}  // namespace
}  // namespace larder::server

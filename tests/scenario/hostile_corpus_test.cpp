// The judge of the hostile corpus, judged; and the corpus itself, as far as it can be wrong.
#include "tests/scenario/hostile_corpus.h"

#include <algorithm>
#include <set>

#include "tests/support/catch.h"

using namespace larder::testing;

namespace {

const HostileCase kRefused{"refused", "x", {400}, false};
const HostileCase kSilent{"silent", "x", {400}, true};
const HostileCase kTwo{"two", "x", {200, 404}, false, 2, true};

std::string answer(int status, const std::string& body = "body") {
  return "HTTP/1.1 " + std::to_string(status) + " Reason\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

bool passes(const HostileCase& attack, const std::string& response) {
  const auto wrong = verdict(attack, response);
  INFO(wrong.value_or("nothing wrong"));
  return !wrong;
}

}  // namespace

TEST_CASE("An answer with an acceptable status passes") {
  CHECK(passes(kRefused, answer(400)));
  CHECK(passes(kTwo, answer(200)));
  CHECK(passes(kTwo, answer(200) + answer(404, "")));
  CHECK(passes(kTwo, answer(200, "canary-was-answered")));
}

TEST_CASE("Silence passes only where it is acceptable") {
  CHECK(passes(kSilent, ""));
  CHECK_FALSE(passes(kRefused, ""));
}

TEST_CASE("Another status is a failure, also of the second answer") {
  CHECK_FALSE(passes(kRefused, answer(200)));
  CHECK_FALSE(passes(kRefused, answer(500)));
  CHECK_FALSE(passes(kTwo, answer(200) + answer(500)));
}

TEST_CASE("One answer too many is a failure, with or without a line end before it") {
  CHECK_FALSE(passes(kRefused, answer(400) + answer(400)));
  CHECK_FALSE(passes(kRefused, answer(400, "no line end") + "HTTP/1.0 400 Bad\r\n\r\n"));
  CHECK_FALSE(passes(kTwo, answer(200) + answer(200) + answer(200)));
}

TEST_CASE("A status line in words is none") {
  CHECK(passes(kRefused, answer(400, "<p>Transfer-Encoding in HTTP/1.0</p>")));
}

TEST_CASE("A repeated head is one answer only when it is the head of a 400 that closes") {
  const std::string head = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 3\r\n\r\n";
  CHECK(passes(kRefused, head + head + "bad"));
  CHECK_FALSE(passes(kRefused, head + head + head + "bad"));
  CHECK_FALSE(passes(kRefused, head + "bad" + head + "bad"));
  const std::string open = "HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\n";
  CHECK_FALSE(passes(kRefused, open + open + "bad"));
  CHECK_FALSE(passes(kRefused, head + "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbad"));
}

TEST_CASE("Interim answers do not count, and are not enough") {
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  CHECK(passes(kRefused, interim + answer(400)));
  CHECK_FALSE(passes(kRefused, interim));
}

TEST_CASE("Bytes that are no HTTP/1 answer are a failure") {
  CHECK_FALSE(passes(kSilent, "<h1>Bad request</h1>"));
  CHECK_FALSE(passes(kSilent, "\r\n" + answer(400)));
  CHECK_FALSE(passes(kSilent, "HTTP/1.1 4000 x"));
  CHECK_FALSE(passes(kSilent, "HTTP/1.1 40"));
  CHECK_FALSE(passes(kSilent, "HTTP/1.1"));
}

TEST_CASE("A hidden request that was answered is a failure") {
  CHECK_FALSE(passes(kRefused, answer(400, "canary-was-answered")));
}

TEST_CASE("Nothing planted may come back") {
  for (const char* leak : {"secret-outside", "secret-env", "<?php echo 1;", "evil-upload-ran", "poison:HTTP_PROXY"}) {
    INFO(leak);
    CHECK_FALSE(passes(kTwo, answer(200, leak)));
    CHECK_FALSE(passes(kTwo, answer(200) + answer(404, leak)));
  }
}

TEST_CASE("Injected header lines and redirects to elsewhere are failures") {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  CHECK_FALSE(passes(kTwo, head + "X-Injected: yes\r\n\r\n"));
  CHECK_FALSE(passes(kTwo, head + "Location: //evil.example/\r\n\r\n"));
  CHECK_FALSE(passes(kTwo, head + "Location: http://evil.example/\r\n\r\n"));
  CHECK(passes(kTwo, head + "Location: /docs/\r\n\r\n"));
}

TEST_CASE("The corpus is large, its names are unique and its cases can be passed") {
  const auto corpus = hostile_corpus();
  CHECK(corpus.size() >= 150);
  std::set<std::string> names;
  for (const HostileCase& attack : corpus) {
    INFO(attack.name);
    CHECK(names.insert(attack.name).second);
    CHECK_FALSE(attack.request.empty());
    REQUIRE_FALSE(attack.statuses.empty());
    CHECK(passes(attack, answer(attack.statuses[0])));
    CHECK((!attack.canary || attack.answers == 2));
  }
}

TEST_CASE("Some cases must succeed, so that refusing everything is no way to pass") {
  const auto corpus = hostile_corpus();
  const auto honest = std::count_if(corpus.begin(), corpus.end(), [](const HostileCase& attack) {
    return !attack.silence &&
           std::all_of(attack.statuses.begin(), attack.statuses.end(), [](int s) { return s < 400; });
  });
  CHECK(honest >= 20);
}

TEST_CASE("No request of the corpus carries the words that betray a leak") {
  for (const HostileCase& attack : hostile_corpus()) {
    INFO(attack.name);
    CHECK(attack.request.find("secret-") == std::string::npos);
    CHECK(attack.request.find("<?php") == std::string::npos);
  }
}

#include "server/peer_queue.h"

#include "tests/support/catch.h"

namespace larder::server {
namespace {

PeerMail mail(const std::string& body, bool hard = false, Millis since = 0) {
  return {std::make_shared<const std::string>(body), hard, since};
}

std::string next(PeerQueue& queue) { return *queue.begin().body; }

// Everything that is still told, in order.
std::vector<std::string> rest(PeerQueue& queue) {
  std::vector<std::string> bodies;
  while (queue.due()) {
    bodies.push_back(next(queue));
    queue.taken();
  }
  return bodies;
}

TEST_CASE("mails are told in their order, each once, one at a time") {
  PeerQueue queue;
  CHECK_FALSE(queue.due().has_value());
  for (const char* body : {"a", "b", "c"}) CHECK(queue.add(mail(body)));
  CHECK(next(queue) == "a");
  CHECK_FALSE(queue.due().has_value());
  CHECK(queue.waiting() == 3);
  CHECK_FALSE(queue.taken());
  CHECK(rest(queue) == std::vector<std::string>{"b", "c"});
  CHECK(queue.waiting() == 0);
}

TEST_CASE("what failed is told again before what came after it, after pauses that grow to ten seconds") {
  PeerQueue queue;
  queue.add(mail("a"));
  Millis now = 1'000;
  for (const Millis pause : {250, 500, 1'000, 2'000, 4'000, 8'000, 10'000, 10'000}) {
    CHECK(next(queue) == "a");
    CHECK(queue.failed(now) == (pause == 250));
    CHECK(queue.lost());
    CHECK(queue.due() == now + pause);
    now += pause;
  }
  queue.add(mail("b"));
  CHECK(queue.due() == now);
  CHECK(next(queue) == "a");
  CHECK(queue.taken());
  CHECK_FALSE(queue.lost());
  CHECK(rest(queue) == std::vector<std::string>{"b"});
}

TEST_CASE("a queue that overflows becomes one purge of everything, as hard and as new as what waited") {
  const bool hard = GENERATE(true, false);
  PeerQueue queue;
  for (std::size_t i = 0; i < PeerQueue::kMostMails; ++i)
    REQUIRE(queue.add(mail("x", hard && i == 3, i == 5 ? 77 : 7)));
  CHECK_FALSE(queue.add(mail("y", false, 8)));
  CHECK(queue.add(mail("z")));
  const PeerMail all = queue.begin();
  CHECK(all.everything);
  CHECK(all.hard == hard);
  CHECK(all.since == 77);
  queue.taken();
  CHECK(rest(queue) == std::vector<std::string>{"z"});
}

TEST_CASE("bodies are bounded by their bytes, but one alone is always taken") {
  PeerQueue queue;
  CHECK(queue.add(mail(std::string(PeerQueue::kMostBytes + 1, 'x'))));
  CHECK_FALSE(queue.add(mail("y")));
  CHECK(queue.waiting() == 1);
  CHECK(queue.begin().everything);
  queue.taken();
  for (int round = 0; round < 3; ++round) {  // what was told makes room
    CHECK(queue.add(mail(std::string(PeerQueue::kMostBytes, 'x'))));
    next(queue);
    queue.taken();
  }
}

TEST_CASE("what is being sent while the queue overflows is told again if it fails") {
  PeerQueue queue;
  queue.add(mail("sent"));
  next(queue);
  for (std::size_t i = 0; i <= PeerQueue::kMostMails; ++i) queue.add(mail("x"));
  queue.failed(0);
  CHECK(next(queue) == "sent");
  queue.taken();
  CHECK(queue.begin().everything);
}

TEST_CASE("a mail that the peer calls wrong becomes everything; if it calls that wrong too, it is lost all the same") {
  PeerQueue queue;
  queue.add(mail("odd", true, 5));
  next(queue);
  CHECK(queue.refused(100));
  PeerMail all = queue.begin();
  CHECK((all.everything && all.hard && all.since == 5));
  CHECK_FALSE(queue.refused(200));
  CHECK(queue.due() == 700);
  CHECK(queue.waiting() == 1);
}

}  // namespace
}  // namespace larder::server

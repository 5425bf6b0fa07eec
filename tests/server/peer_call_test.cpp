#include "server/peer_call.h"

#include "tests/support/fake_peer.h"

namespace larder::server {
namespace {

using testing::FakePeer;
constexpr const char* kHead = "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n";

PeerAddress at(const FakePeer& peer) { return {.host = "127.0.0.1", .port = peer.port()}; }

Result<int> call(const PeerAddress& peer,
                 const CallLimits& limits = {.connect = testing::patience(), .answer = testing::patience()}) {
  return call_peer(peer, kHead, "{}", SystemClock(), -1, limits);
}

TEST_CASE("the request arrives whole, and the status of the answer is what comes back") {
  const FakePeer peer({"HTTP/1.1 202 Accepted\r\nX: y"});
  CHECK(call(at(peer)).value() == 202);
  CHECK(peer.requests() == std::vector<std::string>{std::string(kHead) + "{}"});
}

TEST_CASE("a long body arrives whole") {
  const FakePeer peer;
  const std::string body(3 << 20, 'x'), head = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  const CallLimits patient{.connect = testing::patience(), .answer = testing::patience()};
  CHECK(call_peer(at(peer), head, body, SystemClock(), -1, patient).value() == 200);
  CHECK(peer.requests().front().size() == head.size() + body.size());
}

TEST_CASE("a name is looked up") {
  const FakePeer peer;
  PeerAddress by_name = at(peer);
  by_name.host = "localhost";
  CHECK(call(by_name).value() == 200);
}

TEST_CASE("nobody there, a name that nobody has, and an answer that is no HTTP are errors") {
  PeerAddress gone;
  {
    const FakePeer peer;
    gone = at(peer);
  }
  CHECK(call(gone).error().message.find("cannot be reached") != std::string::npos);
  CHECK(call({"name.invalid", "80"}).error().message.find("looked up") != std::string::npos);
  CHECK(call(at(FakePeer({"SSH-2.0-OpenSSH"}))).error().message.find("no HTTP") != std::string::npos);
}

TEST_CASE("a peer that never answers is waited for until the limit") {
  const FakePeer peer({""});
  const auto status = call(at(peer), {.connect = testing::patience(), .answer = 20});
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message == "it does not answer in time");
}

TEST_CASE("who is told to end does not wait for a peer that never answers") {
  const FakePeer peer({""});
  const UniqueFd interrupt(::eventfd(1, EFD_CLOEXEC));
  constexpr Millis kForever = 24 * 3'600'000;
  const auto status =
      call_peer(at(peer), kHead, "{}", SystemClock(), interrupt.get(), {.connect = kForever, .answer = kForever});
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message == "Larder ends");
}

TEST_CASE("a status line begins with the version and three digits") {
  CHECK(status_of_line("HTTP/1.1 200 OK").value() == 200);
  CHECK(status_of_line("HTTP/1.0 503").value() == 503);
  for (const char* line : {"", "HTTP/1.1", "HTTP/1.1 20", "HTTP/1.1 2000", "HTTP/1.1 099 x", "HTTP/1.1 600 x",
                           "HTTP/1.x 200 OK", "HTTP/2 200 OK", "http/1.1 200 OK", "HTTP/1.1 2x0 OK"})
    CHECK_FALSE(status_of_line(line).ok());
}

}  // namespace
}  // namespace larder::server

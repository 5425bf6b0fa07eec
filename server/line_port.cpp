#include "server/line_port.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace larder::server {
namespace {

constexpr std::size_t kPeers = 32;
constexpr std::size_t kLongestLine = 64 << 10;
constexpr Millis kPatience = 1'000;
constexpr int kPauseWhenFull = 50;  // ms, when there is no descriptor left

}  // namespace

LinePort::LinePort(Listener listener, Kind kind, Answer answer, const Clock& clock)
    : listener_(std::move(listener)),
      kind_(kind),
      answer_(std::move(answer)),
      clock_(clock),
      wake_(::eventfd(0, EFD_CLOEXEC)),
      thread_("line-port", [this] { run(); }) {}

void LinePort::stop() {
  if (!thread_.joinable()) return;
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
  peers_.clear();
  if (!listener_.unlink.empty()) ::unlink(listener_.unlink.c_str());
  listener_.fd.reset();
}

void LinePort::run() {
  std::vector<pollfd> watched;
  for (;;) {
    watched = {{wake_.get(), POLLIN, 0}, {listener_.fd.get(), POLLIN, 0}};
    for (const Peer& peer : peers_) watched.push_back({peer.fd.get(), POLLIN, 0});
    if (::poll(watched.data(), watched.size(), peers_.empty() ? -1 : 100) < 0 && errno != EINTR) return;
    if (watched[0].revents != 0) return;
    for (std::size_t i = 0; i < peers_.size(); ++i)
      if (watched[i + 2].revents != 0) go_on(peers_[i]);
    const Millis now = clock_.steady();
    std::erase_if(peers_, [now](const Peer& peer) { return !peer.fd || now > peer.until; });
    if (watched[1].revents != 0) accept_all();
  }
}

void LinePort::accept_all() {
  for (int turn = 0; turn < 64; ++turn) {
    UniqueFd fd(::accept4(listener_.fd.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (!fd && errno != EAGAIN && errno != EWOULDBLOCK) {  // out of descriptors: not to be asked again at once
      pollfd wake{wake_.get(), POLLIN, 0};
      ::poll(&wake, 1, kPauseWhenFull);
    }
    if (!fd) return;
    if (peers_.size() >= kPeers) continue;
    Peer peer{std::move(fd), clock_.steady() + kPatience, {}, false};
    kind_ == Kind::answers_at_once ? answer(peer) : go_on(peer);
    if (peer.fd) peers_.push_back(std::move(peer));
  }
}

// Reads what there is; closes the connection when the peer has, or said too much.
void LinePort::go_on(Peer& peer) {
  std::array<char, 512> bytes;
  const auto got = ::recv(peer.fd.get(), bytes.data(), bytes.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  if (got <= 0) return peer.fd.reset();
  if (peer.answered) return;
  peer.line.append(bytes.data(), static_cast<std::size_t>(got));
  if (peer.line.find('\n') != std::string::npos) return answer(peer);
  if (peer.line.size() > kLongestLine) peer.fd.reset();
}

// The answer fits in the buffer of a new socket; a peer for whom it does not is broken.
void LinePort::answer(Peer& peer) {
  const std::string text = answer_(std::string_view(peer.line).substr(0, peer.line.find('\n')));
  (void)!::send(peer.fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(peer.fd.get(), SHUT_WR);
  peer.answered = true;
  peer.until = clock_.steady() + kPatience;
}

}  // namespace larder::server

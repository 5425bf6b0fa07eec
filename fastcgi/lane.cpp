#include "fastcgi/lane.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>
#include <span>
#include <utility>

#include "fastcgi/connector.h"
#include "fastcgi/request_writer.h"
#include "fastcgi/response_parser.h"

namespace larder::fastcgi {
namespace {

// Hands the answer to the job and forgives the time that the job takes for a slow receiver.
class JobSink final : public AnswerSink {
 public:
  JobSink(Job& job, RenderLimit& limit) : job_(job), limit_(limit) {}

  bool on_head(CgiHead head) override { return job_.on_head(std::move(head)); }
  bool on_body(std::string_view bytes) override {
    const Millis before = limit_.now();
    const bool wanted = job_.on_body(bytes);
    limit_.forgive(limit_.now() - before);
    return wanted;
  }
  void on_stderr(std::string_view bytes) override { job_.on_stderr(bytes); }

 private:
  Job& job_;
  RenderLimit& limit_;
};

// The talk over one connection. Every step says how it ended, or nothing while it goes on.
class Exchange {
 public:
  Exchange(UniqueFd socket, int stop_fd, RequestWriter& request, Job& job, RenderLimit& limit, std::span<char> buffer)
      : socket_(std::move(socket)),
        stop_fd_(stop_fd),
        request_(request),
        limit_(limit),
        sink_(job, limit),
        buffer_(buffer) {}

  Outcome run() {
    for (;;)
      if (const auto outcome = step()) return *outcome;
  }
  bool answer_begun() const { return parser_.answer_begun(); }
  UniqueFd take_socket() { return std::move(socket_); }

 private:
  std::optional<Outcome> step();
  std::optional<Outcome> send();
  std::optional<Outcome> receive();
  Outcome worker_went_away() const {
    return parser_.head_received() ? Outcome::died_midway : Outcome::died_before_head;
  }

  UniqueFd socket_;
  int stop_fd_;
  RequestWriter& request_;
  RenderLimit& limit_;
  JobSink sink_;
  std::span<char> buffer_;
  ResponseParser parser_;
  bool sending_ = true;
};

std::optional<Outcome> Exchange::step() {
  if (limit_.over()) return Outcome::timed_out;
  const short events = static_cast<short>(sending_ ? POLLIN | POLLOUT : POLLIN);
  std::array<pollfd, 2> fds = {{{socket_.get(), events, 0}, {stop_fd_, POLLIN, 0}}};
  const int ready = ::poll(fds.data(), fds.size(), limit_.poll_time());
  if (ready <= 0) return std::nullopt;
  if (fds[1].revents != 0) return Outcome::stopping;
  // Receiving first: what a worker said before it closed counts, whatever became of our own bytes.
  if ((fds[0].revents & ~POLLOUT) != 0)
    if (const auto outcome = receive()) return outcome;
  if ((fds[0].revents & POLLOUT) != 0 && sending_) return send();
  return std::nullopt;
}

std::optional<Outcome> Exchange::send() {
  const auto pending = request_.pending();
  if (!pending) return Outcome::body_failed;
  if (pending->empty()) {
    sending_ = false;
    return std::nullopt;
  }
  const auto sent = ::send(socket_.get(), pending->data(), pending->size(), MSG_NOSIGNAL);
  if (sent >= 0)
    request_.taken(static_cast<std::size_t>(sent));
  else if (errno != EAGAIN && errno != EINTR)
    sending_ = false;  // the worker reads no more; it may have answered, and receive() finds out
  return std::nullopt;
}

std::optional<Outcome> Exchange::receive() {
  const auto received = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  if (received <= 0) return worker_went_away();
  switch (parser_.feed({buffer_.data(), static_cast<std::size_t>(received)}, sink_)) {
    case ResponseParser::State::more:
      return std::nullopt;
    case ResponseParser::State::complete:
      return Outcome::complete;
    case ResponseParser::State::failed:
      return worker_went_away();
    case ResponseParser::State::abandoned:
      return Outcome::abandoned;
    case ResponseParser::State::malformed:
      break;
  }
  return Outcome::malformed;
}

}  // namespace

Lane::Lane(Address address, int stop_fd)
    : address_(std::move(address)), stop_fd_(stop_fd), buffer_(std::make_unique<char[]>(kReceive)) {}

Lane::End Lane::run(Job& job, RenderLimit& limit, Millis patience) {
  // The whole head is ready before the connection is made: an accepted connection that is silent blocks its worker.
  auto request = RequestWriter::make(job.params(), job.body());
  if (!request) return {.outcome = Outcome::malformed};
  auto socket = connect_to(address_, limit, patience, stop_fd_);
  if (!socket) return {.outcome = socket.error().code == ECANCELED ? Outcome::stopping : Outcome::no_worker};
  Exchange exchange(std::move(*socket), stop_fd_, *request, job, limit, {buffer_.get(), kReceive});
  const Outcome outcome = exchange.run();
  if (outcome == Outcome::timed_out && !address_.unix_path.empty()) stuck_ = exchange.take_socket();
  return {outcome, true, exchange.answer_begun()};
}

void Lane::see_off(RenderLimit& limit) {
  const UniqueFd socket = std::move(stuck_);
  if (!socket) return;
  ::shutdown(socket.get(), SHUT_RD);  // a script that writes after all ends by that
  std::array<pollfd, 2> fds = {{{socket.get(), 0, 0}, {stop_fd_, POLLIN, 0}}};
  while (!limit.over() && ::poll(fds.data(), fds.size(), limit.poll_time()) <= 0) continue;
}

}  // namespace larder::fastcgi

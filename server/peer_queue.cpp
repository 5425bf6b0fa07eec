#include "server/peer_queue.h"

#include <algorithm>
#include <utility>

namespace larder::server {

bool PeerQueue::add(PeerMail mail) {
  const std::size_t bytes = mail.body->size();
  const bool room = mails_.size() < kMostMails && (mails_.empty() || bytes_ + bytes <= kMostBytes);
  if (!room) {
    const bool hard = mail.hard || std::any_of(mails_.begin(), mails_.end(), [](const auto& m) { return m.hard; });
    Millis last = mail.since;
    for (const PeerMail& other : mails_) last = std::max(last, other.since);
    mails_.clear();
    bytes_ = 0;
    mail = everything(hard, last);
  }
  bytes_ += mail.body->size();
  mails_.push_back(std::move(mail));
  return room;
}

std::optional<Millis> PeerQueue::due() const {
  if (sending_ || mails_.empty()) return std::nullopt;
  return lost() ? next_try_ : INT64_MIN;
}

PeerMail PeerQueue::begin() {
  sending_ = std::move(mails_.front());
  mails_.pop_front();
  bytes_ -= sending_->body->size();
  return *sending_;
}

bool PeerQueue::taken() {
  sending_.reset();
  return std::exchange(pause_, 0) > 0;
}

void PeerQueue::put_back(PeerMail mail) {
  bytes_ += mail.body->size();
  mails_.push_front(std::move(mail));
}

bool PeerQueue::failed(Millis now) {
  put_back(*std::exchange(sending_, std::nullopt));
  const bool lost_now = !lost();
  pause_ = lost_now ? kFirstPause : std::min(2 * pause_, kLongestPause);
  next_try_ = now + pause_;
  return lost_now;
}

bool PeerQueue::refused(Millis now) {
  if (!sending_->everything) sending_ = everything(sending_->hard, sending_->since);
  return failed(now);
}

}  // namespace larder::server

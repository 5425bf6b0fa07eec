#include "server/peers.h"

#include <fmt/core.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "cache/key.h"
#include "server/peer_call.h"

namespace larder::server {
namespace {

// Boards that start alike must not have the same.
std::string random_id(Millis now) {
  std::random_device random;
  return cache::hex_of((std::uint64_t{random()} << 32 | random()) ^ static_cast<std::uint64_t>(now));
}

}  // namespace

Peers::Peers(const Clock& clock, Counters& counters, Report report)
    : clock_(clock), counters_(counters), report_(std::move(report)), id_(random_id(clock.wall())) {}

// --- Who they are ---------------------------------------------------------------------------------------------------

void Peers::set(const std::vector<PeerAddress>& nodes, const std::string& token) {
  List gone;
  {
    std::lock_guard lock(mutex_);
    gone = std::exchange(peers_, {});
    for (const PeerAddress& node : nodes) {
      const auto is_it = [&](const auto& peer) { return peer && peer->address == node; };
      if (std::any_of(peers_.begin(), peers_.end(), is_it)) continue;
      const auto known = std::find_if(gone.begin(), gone.end(), is_it);
      peers_.push_back(known != gone.end() ? std::move(*known) : start(node));
      std::lock_guard peer_lock(peers_.back()->mutex);
      peers_.back()->token = token;
    }
  }
  std::erase(gone, nullptr);
  end(gone);
}

std::unique_ptr<Peers::Peer> Peers::start(const PeerAddress& address) const {
  auto peer = std::make_unique<Peer>();
  peer->address = address;
  peer->interrupt = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  peer->thread = Thread("peer", [this, raw = peer.get()] { serve(*raw); });
  return peer;
}

void Peers::end(const List& peers) {
  for (const auto& peer : peers) {
    std::lock_guard lock(peer->mutex);
    peer->ending = true;
    ::eventfd_write(peer->interrupt.get(), 1);
    peer->changed.notify_all();
  }
  for (const auto& peer : peers) peer->thread.join();
}

void Peers::stop(Millis at_most) {
  List peers;
  {
    std::lock_guard lock(mutex_);
    peers.swap(peers_);
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(at_most);
  for (const auto& peer : peers) {
    std::unique_lock lock(peer->mutex);
    peer->changed.wait_until(lock, until, [&] { return peer->queue.waiting() == 0 || peer->queue.lost(); });
    if (const std::size_t left = peer->queue.waiting(); left > 0)
      report_(Level::warning,
              fmt::format("peer {}: {} requests to purge have not reached it", peer->address.url(), left));
  }
  end(peers);
}

Peers::Info Peers::info() const {
  std::lock_guard lock(mutex_);
  Info info{.peers = peers_.size()};
  for (const auto& peer : peers_) {
    std::lock_guard peer_lock(peer->mutex);
    info.lost += peer->queue.lost() ? 1 : 0;
    info.waiting += peer->queue.waiting();
  }
  return info;
}

// --- What they are told ---------------------------------------------------------------------------------------------

void Peers::tell(const std::vector<cache::Purge>& purges) { post(mails_of(purges, clock_.steady())); }

void Peers::tell_again(const std::vector<cache::Purge>& purges) {
  post(mails_again(purges, clock_.wall(), clock_.steady()));
}

void Peers::post(const std::vector<PeerMail>& mails) {
  std::lock_guard lock(mutex_);
  for (const auto& peer : peers_) {
    std::lock_guard peer_lock(peer->mutex);
    for (const PeerMail& mail : mails) {
      if (peer->queue.add(mail)) continue;
      counters_.add(Counter::peer_overflows);
      report_(Level::error, fmt::format("peer {} has missed too many purges: it will forget everything instead",
                                        peer->address.url()));
    }
    peer->changed.notify_all();
  }
}

void Peers::serve(Peer& peer) const {
  std::unique_lock lock(peer.mutex);
  while (!peer.ending) {
    const auto due = peer.queue.due();
    const Millis now = clock_.steady();
    if (!due)
      peer.changed.wait(lock);
    else if (*due > now)
      peer.changed.wait_for(lock, std::chrono::milliseconds(*due - now));
    else
      send_next(peer, lock);
  }
}

void Peers::send_next(Peer& peer, std::unique_lock<std::mutex>& lock) const {
  const PeerMail mail = peer.queue.begin();
  const std::string head = peer_request_head(peer.address, peer.token, id_, mail, clock_.steady());
  lock.unlock();
  const auto status = call_peer(peer.address, head, *mail.body, clock_, peer.interrupt.get());
  lock.lock();
  if (!peer.ending) settle(peer, status);
  peer.changed.notify_all();
}

// Under the lock.
void Peers::settle(Peer& peer, const Result<int>& status) const {
  if (status && is_taken(*status)) {
    counters_.add(Counter::peer_purges);
    if (peer.queue.taken()) report_(Level::info, fmt::format("peer {} takes purges again", peer.address.url()));
    return;
  }
  counters_.add(Counter::peer_errors);
  const bool wrong = status && (*status == 400 || *status == 413);
  const Millis now = clock_.steady();
  if (!(wrong ? peer.queue.refused(now) : peer.queue.failed(now))) return;
  counters_.add(Counter::peer_losses);
  report_(Level::warning, fmt::format("peer {} takes no purges: {}; it is tried again until it does",
                                      peer.address.url(), status ? refusal_text(*status) : status.error().message));
}

}  // namespace larder::server

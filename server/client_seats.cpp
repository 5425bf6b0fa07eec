#include "server/client_seats.h"

#include <algorithm>

namespace larder::server {

ClientId client_id(const Endpoint& client) {
  ClientId id{static_cast<std::uint8_t>(client.family)};
  const std::size_t significant = client.family == Endpoint::Family::ipv4 ? 4 : 8;
  std::copy_n(client.bytes.begin(), significant, id.begin() + 1);
  return id;
}

std::optional<ClientSeats::Seat> ClientSeats::take(const Endpoint& client) {
  if (client.family != Endpoint::Family::ipv4 && client.family != Endpoint::Family::ipv6) return Seat();
  const ClientId id = client_id(client);
  const std::lock_guard lock(mutex_);
  if (any_contains(exempt_, client)) return Seat();
  std::size_t& taken = taken_[id];
  if (taken >= most_) return std::nullopt;
  ++taken;
  return Seat(*this, id);
}

void ClientSeats::leave(const ClientId& client) {
  const std::lock_guard lock(mutex_);
  const auto found = taken_.find(client);
  if (--found->second == 0) taken_.erase(found);
}

void ClientSeats::exempt(std::vector<Network> networks) {
  const std::lock_guard lock(mutex_);
  exempt_ = std::move(networks);
}

std::size_t ClientSeats::clients() const {
  const std::lock_guard lock(mutex_);
  return taken_.size();
}

}  // namespace larder::server

// ClientSeats: how many connections each client has, and no more than it may.
//
// A client is an address of IPv4, or a /64 of IPv6: that much one subscriber has to himself. Not counted are those who
// are exempt, and peers on Unix sockets. There are never more clients here than connections.
// Threads: all functions from any thread. Lifetime: outlives its seats.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "server/endpoint.h"

namespace larder::server {

using ClientId = std::array<std::uint8_t, 9>;  // family and 8 bytes of address
ClientId client_id(const Endpoint& client);

class ClientSeats {
 public:
  // Taken as long as it lives. Empty: of somebody who is not counted.
  class Seat {
   public:
    Seat() = default;
    Seat(ClientSeats& seats, const ClientId& client) : seats_(&seats), client_(client) {}
    Seat(Seat&& other) noexcept : seats_(std::exchange(other.seats_, nullptr)), client_(other.client_) {}
    Seat& operator=(Seat&& other) noexcept {
      std::swap(seats_, other.seats_);
      std::swap(client_, other.client_);
      return *this;
    }
    ~Seat() {
      if (seats_ != nullptr) seats_->leave(client_);
    }

   private:
    ClientSeats* seats_ = nullptr;
    ClientId client_{};
  };

  explicit ClientSeats(std::size_t most) : most_(most) {}

  std::optional<Seat> take(const Endpoint& client);  // nullopt: it has as many as it may
  void exempt(std::vector<Network> networks);        // from now on
  std::size_t clients() const;

 private:
  void leave(const ClientId& client);

  const std::size_t most_;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<Network> exempt_;
  std::map<ClientId, std::size_t> taken_;
};

}  // namespace larder::server

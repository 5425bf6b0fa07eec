// ClientRates: how many requests a second each client sends, and no more than it may. A token bucket for each: it holds
// what may come in two seconds, so that a page with all it needs may come at once.
//
// Buckets are kSlots, by a hash of the address, whatever the number of clients: two that share one share its rate. The
// hash has a secret, so nobody can choose with whom. Threads: allow() from any.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>

#include "base/clock.h"
#include "server/endpoint.h"

namespace larder::server {

class ClientRates {
 public:
  static constexpr std::size_t kSlots = 4096;
  static constexpr Millis kBurst = 2'000;  // ms worth of requests

  explicit ClientRates(std::uint64_t secret = std::random_device{}()) : secret_(secret) {}

  // Takes a request of this client off its bucket, which fills with `rate` requests a second. False: it is empty.
  bool allow(const Endpoint& client, unsigned rate, Millis now);

 private:
  // When each bucket will be full again, in microseconds of the clock: the past means that it is.
  using Slot = std::atomic<std::int64_t>;

  std::size_t slot_of(const Endpoint& client) const;

  const std::uint64_t secret_;
  std::array<Slot, kSlots> slots_{};
};

}  // namespace larder::server

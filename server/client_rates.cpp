#include "server/client_rates.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <string_view>

#include "server/client_seats.h"

namespace larder::server {

std::size_t ClientRates::slot_of(const Endpoint& client) const {
  const ClientId id = client_id(client);
  std::array<char, sizeof secret_ + sizeof id> bytes;
  std::memcpy(bytes.data(), &secret_, sizeof secret_);
  std::memcpy(bytes.data() + sizeof secret_, id.data(), sizeof id);
  return std::hash<std::string_view>()({bytes.data(), bytes.size()}) % kSlots;
}

bool ClientRates::allow(const Endpoint& client, unsigned rate, Millis now) {
  Slot& slot = slots_[slot_of(client)];
  const std::int64_t micros = now * 1'000, each = 1'000'000 / static_cast<std::int64_t>(rate);
  std::int64_t full_at = slot.load(std::memory_order_relaxed);
  for (;;) {
    const std::int64_t then = std::max(full_at, micros) + each;
    if (then - micros > kBurst * 1'000) return false;
    if (slot.compare_exchange_weak(full_at, then, std::memory_order_relaxed)) return true;
  }
}

}  // namespace larder::server

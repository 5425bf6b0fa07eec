// Patience: how long a test waits for what should happen at once, before it calls it broken.
//
// Never a measure of speed: generous, and ten times as long under the sanitizers or where LARDER_PATIENCE=10 says that
// the machine is slow. A test that passes never waits that long.
#pragma once

#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/clock.h"

namespace larder::testing {

// Under AddressSanitizer or ThreadSanitizer, which cost memory as well as time.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

inline Millis patience(Millis normal = 20'000) {
  constexpr Millis kSlower = kSanitized ? 10 : 1;
  static const Millis factor = [] {
    const char* asked = std::getenv("LARDER_PATIENCE");
    const long value = asked != nullptr ? std::strtol(asked, nullptr, 10) : 0;
    return value > kSlower ? static_cast<Millis>(value) : kSlower;
  }();
  return normal * factor;
}

// Waits until the condition holds; false when patience ran out. For states that nobody can announce to a test, such as
// a counter of another process.
template <class Condition>
bool eventually(Condition condition, Millis limit = patience()) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(limit);
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return condition();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace larder::testing

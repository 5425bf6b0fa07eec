#include "server/flight.h"

#include <algorithm>
#include <utility>

namespace larder::server {
namespace {

constexpr Millis kSeparateFor = 10'000, kFailedFor = 1'000;

}  // namespace

bool Flight::landed() const {
  std::lock_guard lock(mutex_);
  return landed_;
}

bool Flight::client_left() const {
  std::lock_guard lock(mutex_);
  return !landed_ && waiters_.size() == 1 && waiters_.front().waker.client_left();
}

std::size_t Flight::waiters() const {
  std::lock_guard lock(mutex_);
  return waiters_.size();
}

FlightTable::Joined FlightTable::join(const std::string& key, Landing* slot, Suspender& suspender) {
  std::lock_guard lock(mutex_);
  auto& flight = flights_[key];
  const bool leads = !flight;
  if (leads) {
    flight = std::make_shared<Flight>(key, clock_.steady() + longest_);
    flight->shared_ = true;
  }
  std::lock_guard flight_lock(flight->mutex_);  // land() takes a flight off the table before it wakes anybody
  flight->waiters_.push_back({slot, suspender.suspend()});
  return {flight, leads};
}

std::shared_ptr<Flight> FlightTable::begin(const std::string& key, std::size_t most) {
  std::lock_guard lock(mutex_);
  if (refreshes_ >= most || flights_.contains(key)) return nullptr;
  ++refreshes_;
  auto& flight = flights_[key];
  flight = std::make_shared<Flight>(key, clock_.steady() + longest_);
  flight->shared_ = true;
  flight->led_ = false;
  return flight;
}

bool FlightTable::has(const std::string& key) const {
  std::lock_guard lock(mutex_);
  return flights_.count(key) > 0;
}

std::shared_ptr<Flight> FlightTable::solo(Landing* slot, Suspender& suspender) {
  auto flight = std::make_shared<Flight>(std::string(), clock_.steady() + longest_);
  flight->waiters_.push_back({slot, suspender.suspend()});
  std::lock_guard lock(mutex_);
  std::erase_if(solos_, [](const auto& other) { return other.expired(); });
  solos_.push_back(flight);
  return flight;
}

bool FlightTable::land(Flight& flight, const Landing& for_leader, const Landing& for_others) {
  std::vector<Flight::Waiter> waiters;
  {
    std::lock_guard lock(mutex_);
    std::lock_guard flight_lock(flight.mutex_);
    if (std::exchange(flight.landed_, true)) return false;
    waiters.swap(flight.waiters_);
    if (flight.shared_) flights_.erase(flight.key_);
    if (!flight.led_) --refreshes_;
  }
  for (std::size_t i = 0; i < waiters.size(); ++i) {
    *waiters[i].slot = i == 0 && flight.led_ ? for_leader : for_others;
    waiters[i].waker.wake();
  }
  return true;
}

void FlightTable::remember_separate(const std::string& key, std::string_view why) {
  std::lock_guard lock(mutex_);
  separate_.remember(key, clock_.steady() + kSeparateFor, why);
}

std::string_view FlightTable::why_separate(const std::string& key) const {
  std::lock_guard lock(mutex_);
  return separate_.has(key, clock_.steady()) ? separate_.why(key) : std::string_view();
}

bool FlightTable::is_separate(const std::string& key) const {
  std::lock_guard lock(mutex_);
  return separate_.has(key, clock_.steady());
}

void FlightTable::remember_failed(const std::string& key) {
  std::lock_guard lock(mutex_);
  failed_.remember(key, clock_.steady() + kFailedFor);
}

bool FlightTable::has_failed(const std::string& key) const {
  std::lock_guard lock(mutex_);
  return failed_.has(key, clock_.steady());
}

void FlightTable::expire() {
  const Millis now = clock_.steady();
  std::vector<std::shared_ptr<Flight>> late;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [key, flight] : flights_)
      if (now > flight->deadline_) late.push_back(flight);
    for (const auto& weak : solos_)
      if (auto flight = weak.lock(); flight && now > flight->deadline_) late.push_back(flight);
  }
  Landing timed_out;
  timed_out.failure = fastcgi::Outcome::timed_out;
  for (const auto& flight : late) land(*flight, timed_out, timed_out);
}

std::size_t FlightTable::refreshes() const {
  std::lock_guard lock(mutex_);
  return refreshes_;
}

std::size_t FlightTable::size() const {
  std::lock_guard lock(mutex_);
  return flights_.size();
}

std::size_t FlightTable::waiting() const {
  const auto waiters = [](const Flight& flight) {
    std::lock_guard lock(flight.mutex_);
    return flight.waiters_.size();
  };
  std::lock_guard lock(mutex_);
  std::size_t number = 0;
  for (const auto& [key, flight] : flights_) number += waiters(*flight);
  for (const auto& weak : solos_)
    if (const auto flight = weak.lock()) number += waiters(*flight);
  return number;
}

}  // namespace larder::server

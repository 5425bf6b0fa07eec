// Flight: one fetch of one page, however many ask for it (RFC 9111 section 4: collapsed requests).
//
// The first to join leads: it starts the fetch. All who joined wait, suspended, until the flight lands. What the leader
// gets and what the others get may differ: an answer that must not be shared goes to the leader alone, and the others
// are told to fetch on their own (`separate`); the key is remembered for a while, so that later requests do not line up
// behind each other for nothing. A flight that is not landed by its deadline is landed by expire(): a leader that hangs
// frees its followers.
// Threads: all functions from any thread. A waiter's slot is written before its connection is woken.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/field.h"
#include "cache/page.h"
#include "fastcgi/job.h"
#include "server/response_buffer.h"
#include "server/transaction.h"

namespace larder::server {

struct Landing {
  enum class From : std::uint8_t { render, memory, flash };
  cache::PagePtr page;                     // the whole answer
  From from = From::render;                // ... and where it was found
  std::shared_ptr<ResponseBuffer> stream;  // the answer as it comes; with status, fields and length
  int status = 0;
  Fields fields;
  std::optional<std::uint64_t> length;
  std::string_view detail;                  // why the answer was not stored; static text
  bool separate = false;                    // followers only: fetch on your own
  std::optional<fastcgi::Outcome> failure;  // none of the above: what went wrong
};

class FlightTable;

class Flight {
 public:
  explicit Flight(std::string key, Millis deadline) : key_(std::move(key)), deadline_(deadline) {}
  const std::string& key() const { return key_; }
  bool landed() const;
  bool client_left() const;  // of a flight with one waiter: its client has gone

 private:
  friend class FlightTable;
  struct Waiter {
    Landing* slot;
    Waker waker;
  };
  std::string key_;
  Millis deadline_;
  mutable std::mutex mutex_;
  bool landed_ = false;
  bool shared_ = false;  // in the table
  std::vector<Waiter> waiters_;
};

class FlightTable {
 public:
  FlightTable(Millis longest, const Clock& clock) : longest_(longest), clock_(clock) {}

  struct Joined {
    std::shared_ptr<Flight> flight;
    bool leads;
  };
  // Suspends the caller's connection until the flight lands in `slot`.
  Joined join(const std::string& key, Landing* slot, Suspender& suspender);
  std::shared_ptr<Flight> solo(Landing* slot, Suspender& suspender);  // a fetch nobody else may join

  // Ends the flight. False when it had landed before: nobody is waiting for this any more.
  bool land(Flight& flight, const Landing& for_leader, const Landing& for_others);

  void remember_separate(const std::string& key);  // for 10 s
  bool is_separate(const std::string& key) const;

  void expire();
  std::size_t size() const;
  std::size_t waiting() const;  // requests in all flights, solos included: each has come as far as waiting for its page

 private:
  static constexpr std::size_t kRemembered = 1024;
  struct Remembered {
    std::size_t hash = 0;
    Millis until = 0;
  };

  Millis longest_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
  std::vector<std::weak_ptr<Flight>> solos_;
  std::array<Remembered, kRemembered> separate_{};
};

}  // namespace larder::server

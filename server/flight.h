// Flight: one fetch of one page, however many ask for it (RFC 9111 section 4: collapsed requests).
//
// The first to join leads: it starts the fetch. All who joined wait, suspended, until the flight lands. What the leader
// gets and what the others get may differ: an answer that must not be shared goes to the leader alone, and the others
// are told to fetch on their own (`separate`); the key is remembered for a while, so that later requests do not line up
// behind each other for nothing. A flight that is not landed by its deadline is landed by expire(): a leader that hangs
// frees its followers. A refresh is a flight that nobody leads: it makes a page anew while the old one is still sent;
// who cannot take the old one may join it.
// Threads: all functions from any thread. A waiter's slot is written before its connection is woken.
#pragma once

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
#include "server/recent_keys.h"
#include "server/response_buffer.h"
#include "server/transaction.h"

namespace larder::server {

struct Landing {
  enum class From : std::uint8_t { render, memory, flash };
  cache::PagePtr page;                     // the whole answer
  From from = From::render;                // ... and where it was found
  std::string_view fwd = "miss";           // ... rendered: why PHP was asked (RFC 9211 section 2.2), static text
  int fwd_status = 0;                      // ... and what it said, if that is not the answer's status; 0: nothing
  bool stale = false;                      // ... PHP had no answer, so this is what was stored
  std::shared_ptr<ResponseBuffer> stream;  // the answer as it comes; with status, fields and length
  int status = 0;
  Fields fields;
  std::optional<std::uint64_t> length;
  Fields withheld;                          // of a page, for the leader alone: fields that are not stored with it
  std::string_view detail;                  // why the answer was not stored; static text
  bool look_again = false;                  // followers only: the page varies, and which variant is yours is in the
                                            // store now; or it was purged meanwhile, and has to be made anew for you
  bool separate = false;                    // followers only: fetch on your own
  std::optional<fastcgi::Outcome> failure;  // none of the above: what went wrong
};

class FlightTable;

class Flight {
 public:
  explicit Flight(std::string key, Millis deadline) : key_(std::move(key)), deadline_(deadline) {}
  const std::string& key() const { return key_; }
  bool landed() const;
  bool led() const { return led_; }  // by a request; false: a refresh
  std::size_t waiters() const;       // requests that wait for it
  bool client_left() const;          // of a flight with one waiter: its client has gone

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
  bool led_ = true;
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

  // A refresh: nobody leads it and nobody waits for it yet. nullptr when there is a flight of that key already, or when
  // `most` refreshes are under way.
  std::shared_ptr<Flight> begin(const std::string& key, std::size_t most);
  std::size_t refreshes() const;  // under way
  bool has(const std::string& key) const;

  // For 10 s, and why the answer was not one for all (static text).
  void remember_separate(const std::string& key, std::string_view why);
  bool is_separate(const std::string& key) const;
  std::string_view why_separate(const std::string& key) const;  // empty: it is not
  // PHP had no answer for this key, so it is not asked again for a second as long as something else will do.
  void remember_failed(const std::string& key);
  bool has_failed(const std::string& key) const;

  void expire();
  std::size_t size() const;
  std::size_t waiting() const;  // requests in all flights, solos included: each has come as far as waiting for its page

 private:
  Millis longest_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
  std::vector<std::weak_ptr<Flight>> solos_;
  std::size_t refreshes_ = 0;
  RecentKeys separate_, failed_;
};

}  // namespace larder::server

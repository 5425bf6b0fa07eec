// BodyPace: until when the next piece of a request body must have come.
//
// A body may lag `grace` behind a stream of `min_rate` bytes per second. The time in which we did not take it is not
// counted against the client. Times in ms of one clock, which the caller reads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace larder::server {

class BodyPace {
 public:
  BodyPace() = default;
  BodyPace(Millis grace, std::uint64_t min_rate, Millis began) : grace_(grace), min_rate_(min_rate), began_(began) {}

  Millis deadline() const { return began_ + grace_ + earned(); }
  void took(std::size_t bytes) { bytes_ += bytes; }
  void hold(Millis now) {  // from now on the body waits for us
    if (held_since_ == 0) held_since_ = now;
  }
  void go_on(Millis now) {
    if (held_since_ == 0) return;
    began_ += now - held_since_;
    held_since_ = 0;
  }

 private:
  Millis earned() const { return bytes_ == 0 ? 0 : static_cast<Millis>(bytes_ * 1000 / min_rate_); }

  Millis grace_ = 0;
  std::uint64_t min_rate_ = 1;
  Millis began_ = 0;
  std::uint64_t bytes_ = 0;
  Millis held_since_ = 0;  // 0: it does not wait
};

}  // namespace larder::server
